import type { Page } from "@playwright/test";
import { PLACES, things } from "./routes";
import { focusable, judge } from "./support/checks";
import { expect, settled, test } from "./support/test";

// E2E_FULL=1 goes through all widths and both themes and keeps a picture of each;
// the short form takes for each page one of the two corners where most breaks.
const FULL = process.env.E2E_FULL === "1";
const WIDTHS = [320, 768, 1024, 1440];
const HEIGHT = 900;
const SHOTS = new URL("../../test-results/shots/", import.meta.url).pathname;

async function walk(page: Page, name: string, widths: readonly number[]): Promise<void> {
  for (const width of widths) {
    const themes: ("light" | "dark")[] = FULL ? ["light", "dark"] : [width === 320 ? "dark" : "light"];
    for (const theme of themes) {
      const what = `${name} at ${width} px, ${theme}`;
      await page.setViewportSize({ width, height: HEIGHT });
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await settled(page);
      await judge(page, what);
      if (!FULL) continue;
      await page.evaluate(() => window.scrollTo(0, 0));
      await page.screenshot({ path: `${SHOTS}${name}-${width}-${theme}.png` });
    }
    if (FULL || width === 320)
      expect.soft(await focusable(page, FULL ? 60 : 20), `${name} at ${width} px: focus`).toEqual([]);
  }
}

for (const [i, place] of PLACES.entries()) {
  test(`matrix: ${place.name}`, async ({ demo, demoApi, page, watch }) => {
    test.setTimeout(FULL ? 180_000 : 60_000);
    const used = place.outside ? page : demo;
    if (place.name === "not-found") watch.allow(/404/);
    await used.goto(place.path(await things(demoApi)));
    await walk(used, place.name, FULL ? WIDTHS : [i % 2 === 0 ? 320 : 1440]);
  });
}
