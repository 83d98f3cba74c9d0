// When somebody last pressed something, in the time of performance.now().
let last = Number.NEGATIVE_INFINITY;

const note = () => {
  last = performance.now();
};

if (typeof window !== "undefined")
  for (const kind of ["pointerdown", "keydown"]) window.addEventListener(kind, note, { capture: true, passive: true });

/** Whether the person has pressed something within so many milliseconds: what moves then follows from it. */
export const actedWithin = (ms: number): boolean => performance.now() - last < ms;
