/** What the feed shows, and how many newer lines wait behind the chip. */
export interface FeedView<T> {
  shown: readonly T[];
  waiting: number;
}

/**
 * Lines move only when somebody asks for them: newer ones than the newest that
 * was shown are counted, not inserted. lines are the newest first; held are those
 * that stand in the box, also when they are among the newest no more.
 */
export function feedView<T extends { seq: number }>(lines: readonly T[], held: readonly T[]): FeedView<T> {
  const newest = held[0]?.seq;
  if (newest === undefined) return { shown: lines, waiting: 0 };
  return { shown: held, waiting: lines.filter(({ seq }) => seq > newest).length };
}
