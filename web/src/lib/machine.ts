// What is kept for this machine and not for a person: it outlives a sign-out.
const CHOICES = ["theme", "shortcuts", "narrow-navigation"];

/** Remembers the choices of this machine; what it returns puts them back. */
export function keepChoices(): () => void {
  const kept: [string, string][] = [];
  try {
    for (const name of CHOICES) {
      const value = localStorage.getItem(name);
      if (value !== null) kept.push([name, value]);
    }
  } catch {
    // Storage is blocked: there is nothing to keep.
  }
  return () => {
    try {
      for (const [name, value] of kept) localStorage.setItem(name, value);
    } catch {
      // The same.
    }
  };
}
