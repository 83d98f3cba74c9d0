import { request } from "@playwright/test";
import { PLACES, things } from "./routes";
import { expect, settled, test } from "./support/test";

// Each role opens every page there is: nothing is asked for that it may not read,
// and what it may not open is said plainly. The law is SPEC 7.1.3.

const READER = ["leads", "leads-columns", "lead", "lead-history", "leads-import", "campaign-new", "campaign-edit"];
const DESK = ["replies", "reply", "queue", "queue-doubt"];
const ADMINS = ["settings-sso", "settings-keys", "settings-integrations", "settings-alerts", "settings-audit"];
const TABS = ["campaign-people", "campaign-record", "campaign-doubt"];

/** What each role does not open. */
const CLOSED: Record<string, string[]> = {
  admin: [],
  manager: ADMINS,
  content_creator: [...READER, ...DESK, ...TABS, ...ADMINS, "settings-mailboxes", "analytics", "analytics-custom"],
  analyst: [...READER, ...DESK, ...TABS, ...ADMINS, "settings-mailboxes"],
  api_user: ["campaign-new", "campaign-edit", ...ADMINS, "settings-mailboxes"],
};

const NAVIGATION: Record<string, string[]> = {
  admin: ["Home", "Leads", "Campaigns", "Needs you", "Replies", "Analytics", "Settings"],
  manager: ["Home", "Leads", "Campaigns", "Needs you", "Replies", "Analytics", "Settings"],
  content_creator: ["Home", "Campaigns", "Settings"],
  analyst: ["Home", "Campaigns", "Analytics", "Settings"],
  api_user: ["Home", "Leads", "Campaigns", "Needs you", "Replies", "Analytics", "Settings"],
};

for (const [role, closed] of Object.entries(CLOSED))
  test(`${role}: every page, nothing refused`, async ({ browser, url, demoApi, watch }) => {
    test.setTimeout(120_000);
    const found = await things(demoApi);
    const invited = await demoApi.post("/api/v1/members", {
      data: { email: `${role}-${Date.now()}@example.com`, role },
    });
    expect(invited.status(), await invited.text()).toBe(201);
    const { token } = (await invited.json()).invitation;
    const api = await request.newContext({ baseURL: url });
    const joined = await api.post("/api/v1/auth/accept", {
      data: { token, name: "Robin Role", password: "a long enough sentence" },
    });
    expect(joined.ok(), await joined.text()).toBe(true);
    const context = await browser.newContext({ baseURL: url, storageState: await api.storageState() });
    const page = await context.newPage();
    await watch.follow(page);
    const refused: string[] = [];
    page.on("response", (answer) => {
      if (answer.status() === 403) refused.push(`${answer.request().method()} ${answer.url()}`);
    });

    const inside = PLACES.filter(({ name, outside }) => !outside && name !== "not-found").map(({ name, path }) => ({
      name,
      path: path(found),
    }));
    for (const tab of ["versions", "steps", "people", "record", "doubt"])
      inside.push({ name: `campaign-${tab}`, path: `/campaigns/${found.campaign}?tab=${tab}` });
    inside.push({ name: "campaign-edit", path: `/campaigns/${found.campaign}/edit` });
    const said = page
      .getByRole("heading", { name: "Not for your role", level: 1 })
      .or(page.getByText("Your role does not open the tab that this address names."));
    const told: string[] = [];
    for (const { name, path } of inside) {
      await page.goto(path);
      await settled(page);
      await expect.soft(page.getByRole("alert"), name).toHaveCount(0);
      if ((await said.count()) > 0) told.push(name);
    }
    expect(told.sort()).toEqual([...closed].sort());

    // By its own navigation; nothing there leads to a closed door.
    await page.goto("/");
    const links = page.getByRole("navigation", { name: "Main" }).getByRole("link");
    await expect(links).toHaveText(NAVIGATION[role]?.map((name) => new RegExp(`^${name}`)) ?? []);
    for (let i = 0; i < (await links.count()); i++) {
      await links.nth(i).click();
      await settled(page);
      await expect(said).toHaveCount(0);
      for (const inner of await page.getByRole("main").getByRole("link").all()) {
        const href = (await inner.getAttribute("href")) ?? "";
        for (const [name, path] of [
          ["leads", /^\/leads/],
          ["campaign-new", /^\/campaigns\/new/],
          ["replies", /^\/replies/],
          ["queue", /^\/queue/],
          ["analytics", /^\/analytics/],
        ] as const)
          if (path.test(href)) expect.soft(closed, `${page.url()}: link to ${href}`).not.toContain(name);
      }
    }
    await page.waitForLoadState("networkidle");
    expect(refused).toEqual([]);
    await context.close();
    await api.dispose();
  });
