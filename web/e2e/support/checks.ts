import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** Looks for one kind of fault in what a page shows now; nothing found is an empty list. */
export type Check = (page: Page) => Promise<string[]>;

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What changes its colour has changed it: half way, a button has the text of one look on the ground of the other. */
async function still(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const over = Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
    await Promise.race([over, new Promise((late) => setTimeout(late, 1000))]);
  });
}

/** axe finds nothing against WCAG 2.0 to 2.2, levels A and AA. */
export async function accessible(page: Page): Promise<string[]> {
  await still(page);
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary?.replaceAll(/\s+/g, " ")}`),
  );
}

/** No page scrolls sideways. */
export async function fits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    const over = root.scrollWidth - root.clientWidth;
    if (over <= 0) return [];
    const culprits = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > root.clientWidth + 1,
    );
    return [`${over} px`, ...culprits.slice(-3).map((element) => element.outerHTML.slice(0, 160))];
  });
}

/** axe does not look at text in pictures: charts have to be legible, too. */
export async function legibleSvg(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = 1;
    canvas.height = 1;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) return ["no canvas"];
    const rgba = (colour: string): [number, number, number, number] => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = context.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const luminance = ([r, g, b]: number[]): number => {
      const part = (value = 0) => {
        const share = value / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const ground = (element: Element): number[] => {
      for (let at: Element | null = element; at; at = at.parentElement) {
        const colour = rgba(getComputedStyle(at).backgroundColor);
        if (colour[3] > 0.99) return colour;
      }
      return [255, 255, 255];
    };
    const found: string[] = [];
    for (const text of document.querySelectorAll("svg text")) {
      const box = text.getBoundingClientRect();
      if (box.width === 0 || !text.textContent?.trim()) continue;
      const pair = [luminance(rgba(getComputedStyle(text).fill)), luminance(ground(text))].sort((a, b) => b - a);
      const ratio = ((pair[0] ?? 0) + 0.05) / ((pair[1] ?? 0) + 0.05);
      if (ratio < 4.5) found.push(`${text.textContent}: ${ratio.toFixed(2)}:1`);
    }
    return found;
  });
}

/** What can be pressed is at least 24 px each way; links within a sentence may be smaller. */
export async function pressable(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const selector = 'a[href],button,input,select,textarea,summary,[role="tab"],[role="menuitem"],[role="option"]';
    for (const element of document.querySelectorAll<HTMLElement>(selector)) {
      const style = getComputedStyle(element);
      if (style.visibility === "hidden" || element.closest("[inert],[aria-hidden=true]")) continue;
      let box = element.getBoundingClientRect();
      if (box.width <= 1 || box.height <= 1 || style.clipPath !== "none") continue; // for screen readers only
      if (element.matches("a") && style.display === "inline") continue;
      const label = element.closest("label");
      if (label) box = label.getBoundingClientRect();
      if (box.width < 23.9 || box.height < 23.9)
        found.push(`${Math.round(box.width)}x${Math.round(box.height)} ${element.outerHTML.slice(0, 140)}`);
    }
    return found;
  });
}

/** Tab goes on, shows where it is, and what has the focus is not covered. */
export async function focusable(page: Page, steps: number): Promise<string[]> {
  await page.evaluate(() => {
    window.scrollTo(0, 0);
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  });
  const found: string[] = [];
  const seen = new Set<string>();
  for (let i = 0; i < steps; i++) {
    await page.keyboard.press("Tab");
    const fault = await page.evaluate(() => {
      const element = document.activeElement;
      if (!(element instanceof HTMLElement) || element === document.body) return "end";
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const name = element.outerHTML.slice(0, 140);
      const ring = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2;
      const clipped = box.width <= 1 || box.height <= 1 || style.clipPath !== "none";
      if (clipped) return "";
      if (!ring && style.boxShadow === "none" && element.tagName !== "MAIN") return `no ring: ${name}`;
      const points = [
        [box.left + box.width / 2, box.top + box.height / 2],
        [box.left + 3, box.top + 3],
        [box.right - 3, box.bottom - 3],
      ];
      const open = points.some(([x = 0, y = 0]) => {
        const top = document.elementFromPoint(x, y);
        return top !== null && (element.contains(top) || top.contains(element));
      });
      return open ? "" : `covered: ${name}`;
    });
    if (fault === "end") break;
    if (fault && !seen.has(fault)) {
      seen.add(fault);
      found.push(fault);
    }
  }
  return found;
}

/**
 * Everything but the walk of the focus; reports all faults at once. From the top:
 * what is scrolled half under the bar of the page is no small target.
 */
export async function judge(page: Page, what: string): Promise<void> {
  await page.evaluate(() => window.scrollTo(0, 0));
  for (const check of [fits, pressable, legibleSvg, accessible])
    expect.soft(await check(page), `${what}: ${check.name}`).toEqual([]);
}
