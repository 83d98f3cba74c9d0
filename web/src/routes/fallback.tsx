import type { ErrorComponentProps } from "@tanstack/react-router";
import { Link, useRouter } from "@tanstack/react-router";
import { Compass, Lock } from "lucide-react";
import { messageOf } from "@/api/problem";
import { ButtonLink } from "@/components/ui/button";
import { Empty, Failure, Notice, Skeleton } from "@/components/ui/state";
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

/** A page reached by its address by somebody whose role does not open it. */
export function NotAllowed() {
  useTitle("Not for your role");
  return (
    <>
      <h1 className="mb-4 text-xl">Not for your role</h1>
      <Empty
        icon={Lock}
        title="Your role does not open this page"
        action={<ButtonLink to="/">Go to the dashboard</ButtonLink>}
      >
        An admin of your organization can give you another one. What each role may do stands in{" "}
        <Link to="/settings" search={{ tab: "team" }} className="font-medium text-primary-ink underline">
          Settings
        </Link>
        .
      </Empty>
    </>
  );
}

/** The same for a tab. */
export function TabNotAllowed() {
  return (
    <div className="mb-4">
      <Notice tone="warning">Your role does not open the tab that this address names.</Notice>
    </div>
  );
}

export function NotFound() {
  useTitle("Not found");
  return (
    <main className="flex min-h-dvh flex-col justify-center p-6">
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
