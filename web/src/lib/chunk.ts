const MARK = "reloaded-for-chunk";
const AGAIN_AFTER = 60_000;
const PAUSE_MS = 2_000; // between two attempts while the server is away

/** What loading asks of the browser; tests give their own. */
export interface Surroundings {
  /** Whether the server answers. */
  reachable: () => Promise<boolean>;
  /** Resolves when another attempt may help. */
  pause: () => Promise<void>;
  /** Brings the page anew. False: it was brought just before, which did not help. */
  reload: () => boolean;
}

/**
 * Loads a part of the app that is not in the first download. While the server
 * is away it waits: a reload then would put the browser's own error page in the
 * place of everything typed. A part that a server in reach does not have was
 * replaced by an upgrade, and a reload brings the new release.
 */
export function chunk<T>(load: () => Promise<T>, around: Surroundings = browser): () => Promise<T> {
  return async () => {
    for (;;) {
      try {
        return await load();
      } catch (error) {
        if (!(await around.reachable())) await around.pause();
        else if (around.reload())
          return new Promise(() => undefined); // this page is ending
        else throw error;
      }
    }
  };
}

const browser: Surroundings = {
  reachable: async () => {
    if (!navigator.onLine) return false;
    try {
      // Not ok is a proxy that misses the server behind it.
      return (await fetch("/", { method: "HEAD", cache: "no-store" })).ok;
    } catch {
      return false;
    }
  },
  pause: () =>
    new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        window.removeEventListener("online", go);
        resolve();
      };
      const timer = setTimeout(go, PAUSE_MS);
      window.addEventListener("online", go);
    }),
  reload: () => {
    try {
      const last = Number(sessionStorage.getItem(MARK) ?? 0);
      if (Date.now() - last < AGAIN_AFTER) return false;
      sessionStorage.setItem(MARK, String(Date.now()));
    } catch {
      return false; // without storage a loop could not be told
    }
    window.location.reload();
    return true;
  },
};
