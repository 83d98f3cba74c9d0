import { Outlet } from "@tanstack/react-router";
import { me } from "@/api/session";
import { LiveProvider, useLiveStatus } from "@/features/live/provider";
import { Shell } from "@/features/shell/shell";
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
      <Outlet />
    </Shell>
  );
}
