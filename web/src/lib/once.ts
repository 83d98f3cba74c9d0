import { useState } from "react";

/**
 * Holds from the first time on: what was drawn stays drawn, also while a part of it
 * is asked for again. Taken away, that part would ask anew each time it came back.
 */
export function useOnce(now: boolean): boolean {
  const [been, setBeen] = useState(now);
  if (now && !been) setBeen(true);
  return been || now;
}
