import type { ErrorComponentProps } from "@tanstack/react-router";
import { useRouter } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { messageOf } from "@/api/problem";
import { ButtonLink } from "@/components/ui/button";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { useTitle } from "@/lib/title";

export function RoutePending() {
  return (
    <div className="p-4 md:p-6">
      <Skeleton lines={6} />
    </div>
  );
}

export function RouteFailure({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <div className="p-4 md:p-6">
      <h1 className="mb-4 text-xl">This page could not be shown</h1>
      <Failure
        message={messageOf(error)}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </div>
  );
}

export function NotFound() {
  useTitle("Not found");
  return (
    <main className="p-6">
      <h1 className="sr-only">Page not found</h1>
      <Empty
        icon={Compass}
        title="There is no page at this address"
        action={<ButtonLink to="/">Go to the dashboard</ButtonLink>}
      >
        The link may be old or mistyped.
      </Empty>
    </main>
  );
}
