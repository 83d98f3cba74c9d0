import { useRouter } from "@tanstack/react-router";

interface Moves {
  onPrevious: (() => void) | undefined;
  onNext: (() => void) | undefined;
}

/**
 * Moves through pages that are known only by the cursor of the next one. Back is
 * the browser's own history when the page before came from here; a page that was
 * opened by its address leads back to the first. go gets the depth to keep in
 * the history entry.
 */
export function useCursorPager(cursor: string | undefined, go: (cursor: string | undefined, depth: number) => void) {
  const router = useRouter();
  const depth = router.state.location.state.pagerDepth ?? 0;
  return (next: string | null | undefined): Moves => ({
    onNext: next ? () => go(next, depth + 1) : undefined,
    onPrevious: cursor ? () => (depth > 0 ? router.history.back() : go(undefined, 0)) : undefined,
  });
}

declare module "@tanstack/history" {
  interface HistoryState {
    pagerDepth?: number;
  }
}
