import { Outlet } from "@tanstack/react-router";
import { LiveProvider, useLiveStatus } from "@/features/live/provider";
import { Shell } from "@/features/shell/shell";

export function AppLayout() {
  return (
    <LiveProvider>
      <LiveShell />
    </LiveProvider>
  );
}

function LiveShell() {
  return (
    <Shell live={useLiveStatus()}>
      <Outlet />
    </Shell>
  );
}
