import type { Page } from "@playwright/test";
import { PLACES, things } from "./routes";
import { focusable, judge } from "./support/checks";
import { corners, FULL, keep, wear } from "./support/corners";
import { expect, settled, test } from "./support/test";

const HEIGHT = 900;

/** Judges a page in its corners; E2E_FULL=1 keeps a picture of each. */
async function walk(page: Page, name: string, i: number): Promise<void> {
  for (const { width, theme } of corners(i)) {
    await page.setViewportSize({ width, height: HEIGHT });
    await wear(page, theme);
    await settled(page);
    await judge(page, `${name} at ${width} px, ${theme}`);
    await keep(page, name, { width, theme });
    if (theme === "dark")
      expect.soft(await focusable(page, FULL ? 60 : 20), `${name} at ${width} px: focus`).toEqual([]);
  }
}

for (const [i, place] of PLACES.entries()) {
  test(`matrix: ${place.name}`, async ({ demo, demoApi, page, watch }) => {
    test.setTimeout(FULL ? 180_000 : 60_000);
    const used = place.outside ? page : demo;
    if (place.name === "not-found") watch.allow(/404/);
    await used.goto(place.path(await things(demoApi)));
    await walk(used, place.name, i);
  });
}
