import { expect, type Page } from "@playwright/test";

/** E2E_FULL=1 goes through all widths and both themes. */
export const FULL = process.env.E2E_FULL === "1";

const WIDTHS = [320, 768, 1024, 1440];

export interface Corner {
  width: number;
  theme: "light" | "dark";
}

/**
 * At which widths and in which theme something is looked at. The short form takes
 * one of the two corners where most breaks; i spreads things over both.
 */
export function corners(i: number): Corner[] {
  if (!FULL) return [i % 2 === 0 ? { width: 320, theme: "dark" } : { width: 1440, theme: "light" }];
  return WIDTHS.flatMap((width) => [
    { width, theme: "light" as const },
    { width, theme: "dark" as const },
  ]);
}

const SHOTS = new URL("../../../test-results/shots/", import.meta.url).pathname;

/** With E2E_FULL=1 keeps a picture, to be looked at. */
export async function keep(page: Page, name: string, { width, theme }: Corner, fullPage = false): Promise<void> {
  if (FULL) await page.screenshot({ path: `${SHOTS}${name.replaceAll(/\W+/g, "-")}-${width}-${theme}.png`, fullPage });
}

/** Puts a page in a theme, and waits until what it shows is drawn in it. */
export async function wear(page: Page, theme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  if (page.url() === "about:blank") return;
  await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}
