/** What the feed shows, and how many newer lines wait behind the chip. */
export interface FeedView<T> {
  shown: T[];
  waiting: number;
}

/**
 * Lines move only when somebody asks for them: newer ones than the newest that
 * was shown are counted, not inserted. lines are the newest first; upTo is the
 * seq that has been shown, undefined at first.
 */
export function feedView<T extends { seq: number }>(lines: readonly T[], upTo: number | undefined): FeedView<T> {
  if (upTo === undefined) return { shown: [...lines], waiting: 0 };
  const shown = lines.filter(({ seq }) => seq <= upTo);
  // All that was shown has been pushed out by newer lines: an empty box helps nobody.
  if (shown.length === 0) return { shown: [...lines], waiting: 0 };
  return { shown, waiting: lines.length - shown.length };
}
