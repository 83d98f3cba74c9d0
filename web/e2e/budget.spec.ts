import type { APIRequestContext, Browser, Request } from "@playwright/test";
import { PLACES, things } from "./routes";
import { expect, settled, test } from "./support/test";

// What a first visit costs, as the network sees it: nothing is in the cache.

const KIB = 1024;
// KiB; what is on the way to every page is held by web/scripts/size.mjs.
const MOST = { requests: 25, dashboard: 160, route: 240, font: 50 };
// Tabs that bring code of their own.
const HEAVY = ["lead", "settings-sso", "settings-alerts"];

interface Cost {
  requests: number;
  /** JavaScript and CSS on the wire, in KiB. */
  code: number;
  font: number;
}

async function costOf(requests: readonly Request[]): Promise<Cost> {
  const cost = { requests: requests.length, code: 0, font: 0 };
  for (const request of requests) {
    const kind = request.resourceType();
    if (kind !== "script" && kind !== "stylesheet" && kind !== "font") continue;
    const { responseBodySize } = await request.sizes();
    const answer = await request.response();
    if (kind === "font") cost.font = Math.max(cost.font, responseBodySize / KIB);
    else cost.code += responseBodySize / KIB;
    // Small files are not worth it; everything else comes compressed.
    if (kind !== "font" && responseBodySize > KIB)
      expect(await answer?.headerValue("content-encoding"), request.url()).toBe("br");
  }
  return cost;
}

/** The header's menus and the palette: loaded once the page has all that it shows. */
const AFTERWARDS = /\/assets\/(menus|overlay|more|palette)-/;

type Session = Awaited<ReturnType<APIRequestContext["storageState"]>> | string | undefined;

interface Visit {
  /** Until the page had what it shows. */
  first: Cost;
  all: Cost;
  /** What came later than that. */
  later: string[];
}

/** Opens a page as somebody who was never here. */
async function visit(browser: Browser, baseURL: string, path: string, storageState: Session): Promise<Visit> {
  const context = await browser.newContext({ baseURL, ...(storageState ? { storageState } : {}) });
  const page = await context.newPage();
  const begun: Request[] = [];
  const foreign: string[] = [];
  page.on("request", (request) => {
    begun.push(request);
    if (/^https?:/.test(request.url()) && !request.url().startsWith(baseURL)) foreign.push(request.url());
  });
  const palette = page
    .waitForEvent("requestfinished", (request) => /palette-/.test(request.url()))
    .catch(() => undefined);
  await page.goto(path);
  await settled(page);
  if (await page.getByRole("banner").isVisible()) await palette;
  const seen = [...begun];
  const calm = seen.findIndex((request) => AFTERWARDS.test(request.url()));
  const first = calm < 0 ? seen : seen.slice(0, calm);
  const later = seen.slice(first.length).map((request) => request.url());
  const done = { first: await costOf(first), all: await costOf(seen), later };
  expect(foreign).toEqual([]);
  await context.close();
  return done;
}

const words = ({ requests, code, font }: Cost) =>
  `${requests} requests, ${code.toFixed(1)} KiB of code, font ${font.toFixed(1)} KiB`;

test("the first visit to the dashboard", async ({ browser, url, workspace }) => {
  await workspace.api.post("/api/v1/sample-data");
  const { first, all, later } = await visit(browser, url, "/", await workspace.api.storageState());
  console.log(`  dashboard: ${words(first)}; with menus and palette ${words(all)}`);
  expect(first.requests).toBeLessThanOrEqual(MOST.requests);
  expect(first.code).toBeLessThanOrEqual(MOST.dashboard);
  expect(first.font).toBeLessThanOrEqual(MOST.font);
  expect(all.code).toBeLessThanOrEqual(MOST.route);
  expect(later.filter((address) => !AFTERWARDS.test(address))).toEqual([]); // nothing is asked for twice
});

test("the first visit to every other page", async ({ browser, url, demoApi }) => {
  test.setTimeout(120_000);
  const found = await things(demoApi);
  const costs: string[] = [];
  const known = new Set<string>();
  for (const { name, path, outside } of PLACES) {
    const address = path(found);
    const page = address.split("?", 1)[0] ?? "";
    if (known.has(page) && !HEAVY.includes(name)) continue;
    known.add(page);
    const { all } = await visit(browser, url, address, outside ? undefined : process.env.E2E_SESSION);
    costs.push(`${name} ${all.code.toFixed(0)}`);
    expect.soft(all.code, name).toBeLessThanOrEqual(MOST.route);
  }
  console.log(`  KiB of code: ${costs.join(", ")}`);
});
