const MARK = "reloaded-for-chunk";
const AGAIN_AFTER = 60_000;

/**
 * After an upgrade of the server a running page may ask for a chunk that is
 * gone. One reload brings the new release; a second within a minute would be a
 * loop, so the failure is left to show itself.
 */
export function reloadOnMissingChunk(): void {
  window.addEventListener("vite:preloadError", (event) => {
    try {
      const last = Number(sessionStorage.getItem(MARK) ?? 0);
      if (Date.now() - last < AGAIN_AFTER) return;
      sessionStorage.setItem(MARK, String(Date.now()));
    } catch {
      return; // without storage a loop could not be told
    }
    event.preventDefault();
    window.location.reload();
  });
}
