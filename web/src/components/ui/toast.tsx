import { lazy, type ReactNode, Suspense, useSyncExternalStore } from "react";
import { chunk } from "@/lib/chunk";
import { drain, isWanted, onWanted } from "./toast-queue";

export { toast } from "./toast-queue";

// The part that draws comes with the first message, not with the page.
const Viewport = lazy(chunk(async () => ({ default: (await import("./toast-viewport")).ToastViewport })));

export function ToastProvider({ children }: { children: ReactNode }) {
  const wanted = useSyncExternalStore(onWanted, isWanted, isWanted);
  return (
    <>
      {children}
      {wanted && (
        <Suspense>
          <Viewport drain={drain} />
        </Suspense>
      )}
    </>
  );
}
