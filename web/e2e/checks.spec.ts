import type { Page } from "@playwright/test";
import { accessible, type Check, fits, focusable, legibleSvg, pressable } from "./support/checks";
import { expect, settled, test } from "./support/test";

// The checks are worth as much as the faults they find: each has to see its own.

const FAULTS: [string, string, Check, RegExp][] = [
  ["a button without a name", "<button></button>", accessible, /button-name/],
  ["faint text", '<p data-css="color:#ccc;background:#fff">faint</p>', accessible, /color-contrast/],
  ["a picture without words", '<img src="/favicon.svg">', accessible, /image-alt/],
  ["a page too wide", '<div data-css="width:3000px">wide</div>', fits, /px/],
  ["a small target", '<button data-css="width:12px;height:12px;padding:0">x</button>', pressable, /12x12/],
  [
    "faint text in a chart",
    '<div data-css="background:#fff"><svg width="80" height="20"><text y="15" fill="#aaa">42</text></svg></div>',
    legibleSvg,
    /42: 2\.\d+:1/,
  ],
  [
    "a focus that nobody sees",
    '<button id="fault" data-css="outline:none;box-shadow:none">x</button>',
    (page: Page) => focusable(page, 3),
    /no ring/,
  ],
  [
    "a focus under something",
    '<button>x</button><div data-css="position:fixed;inset:0;background:#fff;z-index:99"></div>',
    (page: Page) => focusable(page, 3),
    /covered/,
  ],
];

test("each check sees the fault it is for", async ({ page }) => {
  await page.goto("/signin");
  await settled(page);
  for (const [name, html, check, want] of FAULTS) {
    await page.evaluate((fault) => {
      document.getElementById("faults")?.remove();
      const holder = document.createElement("div");
      holder.id = "faults";
      document.body.prepend(holder);
      holder.innerHTML = fault;
      // The policy forbids style attributes in markup, not styles that a script sets.
      for (const element of holder.querySelectorAll<HTMLElement>("[data-css]"))
        element.style.cssText = element.dataset.css ?? "";
    }, html);
    expect((await check(page)).join("\n"), name).toMatch(want);
  }
});

test("the watch sees the console and the policy", async ({ page, watch }) => {
  await page.goto("/signin");
  await page.evaluate(async () => {
    console.error("a line nobody should see");
    await fetch("https://elsewhere.example/x").catch(() => undefined);
  });
  await expect.poll(() => watch.problems().join("\n")).toMatch(/CSP: connect-src/);
  expect(watch.problems().join("\n")).toContain("a line nobody should see");
  watch.allow(/./);
});
