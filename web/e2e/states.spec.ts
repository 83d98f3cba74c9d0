import type { Locator, Page } from "@playwright/test";
import { PLACES, things } from "./routes";
import { fits, judge } from "./support/checks";
import { corners, keep, wear } from "./support/corners";
import { expect, settled, test } from "./support/test";

// What the matrix does for pages that have something to show, this does for pages
// that wait, fail, have nothing, or show something above themselves.
const inside = PLACES.filter(({ outside, name }) => !outside && name !== "not-found");

/** Who is signed in is known before a page waits for anything. */
const SESSION = /\/api\/v1\/(auth\/me|organization|ws)$/;
/** What the frame around every page asks for, and goes without; these pages show it themselves. */
const FRAME = /\/api\/v1\/(actions\/waiting|mailboxes)$/;
/** A page about one campaign or one lead has no empty form. */
const ABOUT_ONE = /\/campaigns\/$|lead=(&|$)/;
const SHOWS_MAILBOXES = ["campaign-new", "settings-mailboxes"];

async function inEachCorner(page: Page, what: string, i: number): Promise<void> {
  for (const { width, theme } of corners(i)) {
    await page.setViewportSize({ width, height: 900 });
    await wear(page, theme);
    await fitted(page);
    await judge(page, `${what} at ${width} px, ${theme}`);
    await keep(page, what, { width, theme });
  }
}

/** A new width takes a moment to arrive everywhere. */
const fitted = (page: Page) => expect.soft(async () => expect(await fits(page)).toEqual([])).toPass({ timeout: 2_000 });

for (const [i, place] of inside.entries()) {
  test(`waiting: ${place.name}`, async ({ demo, demoApi }) => {
    const path = place.path(await things(demoApi));
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await demo.route("**/api/v1/**", async (route) => {
      if (!SESSION.test(new URL(route.request().url()).pathname)) await held;
      await route.continue().catch(() => undefined); // the page may be gone by then
    });
    await demo.goto(path);
    await expect(
      demo
        .getByRole("heading", { level: 1 })
        .or(demo.getByRole("status", { name: "Loading" }))
        .first(),
    ).toBeVisible();
    await inEachCorner(demo, `${place.name}, waiting`, i);
    release();
    await settled(demo);
  });

  test(`failing: ${place.name}`, async ({ demo, demoApi, watch }) => {
    watch.allow(/409/);
    const path = place.path(await things(demoApi));
    let down = SHOWS_MAILBOXES.includes(place.name);
    await demo.route("**/api/v1/**", async (route) => {
      const { pathname } = new URL(route.request().url());
      if (SESSION.test(pathname) || route.request().method() !== "GET") return route.continue();
      down ||= !FRAME.test(pathname);
      // A refusal that is not asked again at once, as a 500 would be: see leads-faults.spec.ts.
      await route.fulfill({
        status: 409,
        contentType: "application/problem+json",
        json: { title: "Conflict", status: 409, detail: "Something went wrong here. It was noted." },
      });
    });
    await demo.goto(path);
    await expect(demo.getByRole("heading", { level: 1 }).first()).toBeVisible();
    if (down) await expect(demo.getByRole("alert").first()).toBeVisible({ timeout: 20_000 });
    await inEachCorner(demo, `${place.name}, failing`, i);
    await demo.unroute("**/api/v1/**");
    const again = demo.getByRole("button", { name: "Try again" });
    await expect(async () => {
      if ((await again.count()) > 0) await again.first().click({ timeout: 1_000 });
      await expect(again).toHaveCount(0, { timeout: 1_000 });
    }).toPass({ timeout: 20_000 });
  });

  const bare = place.path({ campaign: "", lead: "", reply: undefined });
  if (!ABOUT_ONE.test(bare))
    test(`empty: ${place.name}`, async ({ mine }) => {
      await mine.goto(bare);
      await settled(mine);
      await inEachCorner(mine, `${place.name}, empty`, i);
    });
}

/** Something that opens above a page, and what opens it. */
interface Above {
  name: string;
  path: string;
  open: (page: Page) => Promise<Locator>;
  /** A phone does not offer it. */
  wide?: true;
}

const pressed = (button: string | RegExp, role: "dialog" | "menu", name?: string | RegExp) => async (page: Page) => {
  await page.getByRole("button", { name: button }).filter({ visible: true }).first().click();
  return page.getByRole(role, name === undefined ? undefined : { name });
};
const key = (keys: string, name: string | RegExp) => async (page: Page) => {
  await page.keyboard.press(keys);
  return page.getByRole("dialog", { name });
};

const ABOVE: Above[] = [
  { name: "palette", path: "/campaigns", open: key("Control+k", /./) },
  { name: "shortcuts", path: "/campaigns", open: key("?", "Keyboard shortcuts") },
  { name: "quick actions", path: "/", open: pressed(/^(Create|Quick actions|New)/, "menu") },
  { name: "profile", path: "/", open: pressed("Profile", "menu") },
  { name: "alerts", path: "/", open: pressed(/^Alerts/, "dialog") },
  { name: "kill switch", path: "/", open: pressed("Pause everything", "dialog", "Pause everything?") },
  { name: "add lead", path: "/leads", open: pressed("Add lead", "dialog", "Add lead") },
  { name: "views", path: "/leads", open: pressed(/^View:/, "menu") },
  { name: "columns", path: "/leads", open: pressed("Columns", "menu"), wide: true },
  { name: "save view", path: "/leads?min_score=50", open: pressed("Save view", "dialog", "Save view") },
  { name: "add mailbox", path: "/settings?tab=mailboxes", open: pressed("Add mailbox", "dialog") },
  { name: "share", path: "/analytics", open: pressed("Share", "dialog", "Share this report") },
  { name: "invite", path: "/settings?tab=team", open: pressed("Invite", "dialog", "Invite somebody") },
  { name: "new key", path: "/settings?tab=keys", open: pressed("Create key", "dialog", "Create an API key") },
  {
    name: "new endpoint",
    path: "/settings?tab=integrations",
    open: pressed(/^Add/, "dialog", "Add a webhook endpoint"),
  },
];

for (const [i, { name, path, open, wide }] of ABOVE.entries())
  test(`above: ${name}`, async ({ demo }) => {
    const fitting = wide ? corners(1).filter(({ width }) => width >= 768) : corners(i);
    for (const { width, theme } of fitting) {
      await demo.setViewportSize({ width, height: 900 });
      await wear(demo, theme);
      await demo.goto(path);
      await settled(demo);
      const shown = await open(demo);
      await expect(shown).toBeVisible();
      await judge(demo, `${name} at ${width} px, ${theme}`);
      await keep(demo, `above ${name}`, { width, theme });
      await demo.keyboard.press("Escape");
      await expect(shown).toBeHidden();
    }
  });
