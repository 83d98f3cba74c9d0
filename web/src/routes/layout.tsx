import { Outlet, useMatches } from "@tanstack/react-router";
import { me, useMay } from "@/api/session";
import { LiveProvider, useLiveStatus } from "@/features/live/provider";
import { Shell } from "@/features/shell/shell";
import { NotAllowed } from "./fallback";
import { queryClient, session } from "./query-client";

export function AppLayout() {
  return (
    <LiveProvider onRefused={askAgain}>
      <LiveShell />
    </LiveProvider>
  );
}

/**
 * A refused stream does not say why. Whoever was signed out elsewhere, or needs a
 * second factor now, is led on; everybody else waits for the server.
 */
function askAgain(): void {
  queryClient
    .fetchQuery({ ...me, staleTime: 0 })
    .then((who) => who.mfa_setup_required && session.onFactor())
    .catch(() => undefined); // the end of the session is the query cache's; no answer is no news
}

function LiveShell() {
  return (
    <Shell live={useLiveStatus()}>
      <Allowed />
    </Shell>
  );
}

/** The page, for those whose role opens it. */
function Allowed() {
  const may = useMay();
  const needs = useMatches({ select: (matches) => matches.at(-1)?.staticData.needs });
  return needs && !may(needs) ? <NotAllowed /> : <Outlet />;
}
