import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { passkeys } from "@/api/passkeys";
import { messageOf } from "@/api/problem";
import { security } from "@/api/security";
import { me, signOut } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { Factors } from "@/features/settings/factors";
import { Passkeys } from "@/features/settings/passkeys";
import { useOnce } from "@/lib/once";
import { useTitle } from "@/lib/title";
import { safeNext } from "@/lib/url";

const route = getRouteApi("/second-factor");

/** Where somebody goes whose organization asks for a second factor, until they have one. */
export function SecondFactorPage() {
  useTitle("Set up a second factor");
  const { next } = route.useSearch();
  const queries = useQueryClient();
  const router = useRouter();
  const factors = useQuery(security.factors);
  const keys = useQuery(passkeys);
  const ready = useOnce(!factors.isPending && !keys.isPending);
  const go = async () => {
    await queries.invalidateQueries({ queryKey: me.queryKey, refetchType: "none" });
    await queries.fetchQuery({ ...me, staleTime: 0 });
    router.history.push(safeNext(next));
  };
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      queries.clear();
      void router.navigate({ to: "/signin" });
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
  });
  return (
    <main className="mx-auto flex max-w-2xl flex-col gap-6 p-4 py-8 md:py-16">
      <div className="flex flex-col items-center gap-3 text-center">
        <img src="/favicon.svg" alt="" width={48} height={48} />
        <h1 className="text-xl">Set up a second factor</h1>
        <p className="max-w-lg text-quiet">
          Your organization asks for one besides the password: an authenticator app, or a passkey. Take one of the two;
          then you can go on.
        </p>
      </div>
      {!ready ? (
        <Skeleton lines={8} />
      ) : (
        <>
          <Factors />
          <Passkeys />
        </>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="quiet" busy={leave.isPending} onClick={() => leave.mutate()}>
          Sign out
        </Button>
        <Button look="primary" disabled={!factors.data?.required} onClick={() => void go()}>
          Go on
        </Button>
      </div>
    </main>
  );
}
