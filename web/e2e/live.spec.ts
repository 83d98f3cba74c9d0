import { cpus, loadavg } from "node:os";
import type { APIRequestContext, BrowserContext, Locator, Page } from "@playwright/test";
import { Program } from "./support/program";
import { Sink } from "./support/sink";
import { expect, settled, test } from "./support/test";
import { Watch } from "./support/watch";

// Every number and list on screen follows the server within a second, and is right
// again after the server was killed.

const LIMIT_MS = 1000;
// A machine with more to do than it can answers nobody in time: then this only holds
// that everything arrives, and says so.
const busy = () => (loadavg()[0] ?? 0) > 3 * cpus().length;
const BUSY_TIMES = 5;
const BACK_MS = 5000;
const WATCHED_MS = 30_000;
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const took: string[] = [];

/** Fails unless it is on screen within the limit of now, and notes how long it took. */
async function onScreen<T>(what: string, read: () => Promise<T>, want: T, limit = LIMIT_MS): Promise<void> {
  const start = performance.now();
  const crowded = busy();
  await expect
    .poll(async () => (await read()) === want, {
      message: `${what} within ${limit} ms`,
      timeout: crowded ? limit * BUSY_TIMES : limit,
      intervals: [20],
    })
    .toBe(true);
  took.push(`${what} ${Math.round(performance.now() - start)} ms${crowded ? " (busy machine)" : ""}`);
}

const seen = (target: Locator) => () => target.isVisible();
const here = async (target: Locator) => (await target.count()) > 0;

/** The number of a tile; NaN while it is not known. */
const tile = async (page: Page, name: string) =>
  Number(
    (await page.getByRole("region", { name, exact: true }).locator("p").first().textContent())?.replaceAll(",", ""),
  );

async function send<T>(api: APIRequestContext, path: string, data: object = {}): Promise<T> {
  const answer = await api.post(`/api/v1${path}`, { data });
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
  return answer.json();
}

async function read<T>(api: APIRequestContext, path: string): Promise<T> {
  const answer = await api.get(`/api/v1${path}`);
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
  return answer.json();
}

interface Plan {
  name: string;
  mailbox_id: string;
  tag: string;
  autonomy?: "approve" | "auto";
}

/** A running campaign that writes at once to whoever has the tag. */
async function launch(api: APIRequestContext, { name, mailbox_id, tag, autonomy = "auto" }: Plan): Promise<string> {
  const { id } = await send<{ id: string }>(api, "/campaigns", {
    name,
    type: "email_sequence",
    mailbox_id,
    ai: { autonomy },
    audience: { filter: { tags: [tag] } },
    schedule: { days: DAYS, from: "00:00", to: "24:00", timezone: "UTC" },
    steps: [
      { channel: "email", delay: "0s", variants: [{ name: "A", subject: "Hello", body: "Ten minutes this week?" }] },
    ],
  });
  await send(api, `/campaigns/${id}/launch`);
  return id;
}

const ADDRESS = { line1: "1 Main St", city: "Austin", region: "TX", postal_code: "73301", country: "US" };

interface Numbers {
  emails_sent: number;
  replies: number;
}

const numbers = async (api: APIRequestContext): Promise<Numbers> =>
  (await read<{ totals: Numbers }>(api, "/analytics?metrics=emails_sent,replies&from=2026-01-01&timezone=UTC")).totals;

async function beside(context: BrowserContext, watch: Watch, path: string): Promise<Page> {
  const page = await context.newPage();
  await watch.follow(page);
  await page.goto(path);
  await settled(page);
  await expect(page.getByText("Live: this page follows the server")).toBeVisible();
  return page;
}

test.afterEach(() => {
  if (took.length > 0) console.log(`  ${took.splice(0).join(", ")}`);
});

test("what one does is on the other's screen within a second", async ({ mine, workspace, browser, url, watch }) => {
  test.setTimeout(120_000);
  const { api } = workspace;
  await api.patch("/api/v1/organization", { data: { postal_address: ADDRESS } });
  const box = await send<{ id: string }>(api, "/mailboxes/sandbox");
  const context = await browser.newContext({ baseURL: url, storageState: await api.storageState() });
  const [home, leads] = [await beside(context, watch, "/"), await beside(context, watch, "/leads")];
  await mine.goto("/leads");
  await settled(mine);

  // A lead, and its status.
  await mine.getByRole("button", { name: "Add lead" }).first().click();
  const dialog = mine.getByRole("dialog", { name: "Add lead" });
  await dialog.getByLabel("First name").fill("Nora");
  await dialog.getByLabel("E-mail").fill("nora+interested@people.example");
  await dialog.getByRole("button", { name: "Add lead" }).click();
  const status = leads.getByLabel("Status of Nora");
  await onScreen("a new lead in the list", seen(status), true);
  await onScreen("and on the dashboard", seen(home.getByRole("link", { name: "Nora", exact: true })), true);
  await mine.getByLabel("Status of Nora").selectOption("engaged");
  await onScreen("a status", () => status.inputValue(), "engaged");

  // What waits for a person.
  const [nora] = (await read<{ items: { id: string }[] }>(api, "/leads")).items;
  await api.patch(`/api/v1/leads/${nora?.id}`, { data: { tags: ["careful"] } });
  const careful = await launch(api, { name: "Careful", mailbox_id: box.id, tag: "careful", autonomy: "approve" });
  const waiting = async () => (await read<{ proposed: { count: number } }>(api, "/actions/waiting")).proposed.count;
  await expect.poll(waiting, { timeout: 20_000, intervals: [20] }).toBe(1);
  const badge = home.getByRole("link", { name: "Needs you 1 waiting" });
  await onScreen("a draft in the badge", seen(badge), true);
  const campaign = await beside(context, watch, `/campaigns/${careful}`);
  const replies = await beside(context, watch, "/replies");

  // A campaign paused and resumed.
  await mine.goto(`/campaigns/${careful}`);
  await mine.getByRole("button", { name: "Pause", exact: true }).click();
  await onScreen("a pause", seen(campaign.getByRole("button", { name: "Resume" })), true);
  await mine.getByRole("button", { name: "Resume" }).click();
  await onScreen("its end", seen(campaign.getByRole("button", { name: "Pause", exact: true })), true);

  // The draft approved: a mail leaves, and is answered.
  const { items } = await read<{ items: { id: string }[] }>(api, "/actions?state=proposed");
  await send(api, `/actions/${items[0]?.id}/approve`);
  await onScreen("the badge gone", () => here(badge), false);
  await expect.poll(async () => (await numbers(api)).emails_sent, { timeout: 20_000, intervals: [20] }).toBe(1);
  await onScreen("a mail on the dashboard", () => tile(home, "Mails sent"), 1);
  await onScreen("and on the campaign's page", () => tile(campaign, "Sent"), 1);
  const answered = async () => (await read<{ items: unknown[] }>(api, "/replies")).items.length;
  await expect.poll(answered, { timeout: 30_000, intervals: [20] }).toBe(1);
  await onScreen("an answer in the list", seen(replies.getByRole("link", { name: /Nora/ })), true);
  await onScreen(
    "and on the dashboard",
    seen(home.getByRole("region", { name: "AI activity" }).getByText("Nora")),
    true,
  );
  await expect.poll(async () => (await numbers(api)).replies, { timeout: 5000, intervals: [20] }).toBe(1);
  await onScreen("its number on the dashboard", () => tile(home, "Replies"), 1);
  await onScreen("and on the campaign's page", () => tile(campaign, "Replies"), 1);

  // A further answer does not push the first from under somebody's pointer.
  await send(api, "/leads", { first_name: "Otto", email: "otto+interested@people.example", tags: ["later"] });
  await launch(api, { name: "Later", mailbox_id: box.id, tag: "later" });
  await expect.poll(answered, { timeout: 30_000, intervals: [20] }).toBe(2);
  const further = replies.getByRole("button", { name: "1 new" });
  await onScreen("a further answer", seen(further), true);
  await expect(replies.getByRole("link", { name: /Otto/ })).toHaveCount(0);
  await further.click();
  await expect(replies.getByRole("link", { name: /Otto/ })).toBeVisible();
  await expect(further).toBeHidden();
  await context.close();
});

test("a killed server is back on the page by itself: nothing lost, nothing twice", async ({ browser }) => {
  test.setTimeout(150_000);
  const PEOPLE = 40;
  const sink = await new Sink().start();
  const program = new Program("serve");
  try {
    await program.start("--dev-allow-loopback");
    const watch = new Watch(program.url);
    watch.allow(/WebSocket|Failed to load resource|ERR_CONNECTION_REFUSED/); // while it is away
    const context = await browser.newContext({ baseURL: program.url, viewport: { width: 1440, height: 1200 } });
    const api = context.request;
    const owner = {
      organization_name: "Back",
      name: "Olivia",
      email: "o@back.example",
      password: "a long enough sentence",
    };
    await send(api, "/auth/signup", owner);
    await api.patch("/api/v1/organization", { data: { postal_address: ADDRESS } });
    const smtp = { host: "127.0.0.1", port: sink.port, tls: "none" };
    const from = { from_name: "Olivia", from_address: "olivia@sender.example" };
    const box = await send<{ id: string }>(api, "/mailboxes", { ...from, smtp });
    for (let i = 0; i < PEOPLE; i++)
      await send(api, "/leads", { first_name: `P${i}`, email: `p${i}@people.example`, tags: ["all"] });
    const home = await beside(context, watch, "/");
    const leads = await beside(context, watch, "/leads?sort=-created_at");
    const campaign = await launch(api, { name: "Cut short", mailbox_id: box.id, tag: "all" });
    await expect.poll(() => sink.mails.length, { timeout: 30_000, intervals: [10] }).toBeGreaterThan(4);
    await program.kill();
    const killed = performance.now();
    await expect(home.getByText("Live: this page follows the server")).toBeHidden();
    await program.start("--dev-allow-loopback");
    took.push(`back after ${Math.round(performance.now() - killed)} ms`);

    // This happens before the pages are back.
    await send(api, "/leads", { first_name: "Meanwhile", email: "meanwhile@people.example" });
    const [one, more] = [leads.getByLabel("Status of Meanwhile"), home.getByRole("link", { name: "Meanwhile" })];
    await onScreen("live again", seen(home.getByText("Live: this page follows the server")), true, BACK_MS);
    await onScreen("the list, too", seen(leads.getByText("Live: this page follows the server")), true, BACK_MS);
    // Rows stay where they are until somebody asks for the new order.
    const order = leads.getByRole("button", { name: "New order" });
    await onScreen("what happened meanwhile", seen(order), true);
    await expect(one).toHaveCount(0);
    await order.click();
    await onScreen("its row", seen(one), true);
    await expect(order).toBeHidden();
    await onScreen("and on the dashboard", async () => (await more.count()) > 0, true);
    await expect(one).toHaveCount(1);
    await expect(leads.getByRole("row")).toHaveCount(26); // the header and a page
    await expect(leads.getByText(`${PEOPLE + 1} leads`, { exact: true })).toBeVisible();

    // All mails are settled; what was on its way at that moment is in doubt.
    interface Report {
      emails_sent: number;
      in_doubt: number;
    }
    const report = () => read<Report>(api, `/campaigns/${campaign}/metrics`);
    const settledMails = async () => (await report()).emails_sent + (await report()).in_doubt;
    await expect.poll(settledMails, { timeout: 60_000 }).toBe(PEOPLE);
    const sent = (await report()).emails_sent;
    await expect.poll(async () => (await numbers(api)).emails_sent, { timeout: 10_000, intervals: [20] }).toBe(sent);
    await onScreen("the number of mails", () => tile(home, "Mails sent"), sent);
    expect(sink.mails.length).toBeGreaterThanOrEqual(sent);
    expect(sink.mails.length).toBeLessThanOrEqual(PEOPLE);

    // The feed holds each line of the log once, in its order.
    const fresh = home.getByRole("button", { name: /new$/ });
    if (await fresh.isVisible()) await fresh.click();
    const log = await read<{ items: { text: string }[] }>(api, "/activity?limit=50");
    const lines = home.getByRole("region", { name: "Recent activity list" }).getByRole("listitem").locator("p");
    const shown = async () =>
      (await lines.allTextContents()).map((line) => line.replace(/ (just now|now|\d.* ago)$/, ""));
    await expect.poll(shown).toEqual(log.items.map(({ text }) => text));
    expect(watch.problems()).toEqual([]);
    await context.close();
  } finally {
    await program.remove();
    await sink.stop();
  }
});

interface Shift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
  sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
}

interface Followed {
  /** How many events came over the stream. */
  frames: () => number;
  /** How far things have moved by themselves since the page began, and which. */
  moved: () => Promise<{ cls: number; what: string }>;
}

async function follow(page: Page): Promise<Followed> {
  let frames = 0;
  page.on("websocket", (socket) => socket.on("framereceived", () => frames++));
  await page.addInitScript(() => {
    const size = ({ x, y, width, height }: DOMRect) => [x, y, width, height].map(Math.round).join(" ");
    new PerformanceObserver((list) => {
      const { dataset } = document.documentElement;
      for (const { value, hadRecentInput, startTime, sources } of list.getEntries() as Shift[]) {
        if (hadRecentInput) continue;
        dataset.moved = String(Number(dataset.moved ?? 0) + value);
        const parts = sources.map(
          ({ node, previousRect, currentRect }) =>
            `${node?.nodeName} ${node?.textContent?.slice(0, 30)}: ${size(previousRect)} to ${size(currentRect)}`,
        );
        dataset.what = `${dataset.what ?? ""}\n${value.toFixed(4)} at ${Math.round(startTime)}: ${parts.join("; ")}`;
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  const moved = () =>
    page.evaluate(() => {
      const { moved: sum = "0", what = "" } = document.documentElement.dataset;
      return { cls: Number(sum), what };
    });
  return { frames: () => frames, moved };
}

test("a living feed moves nothing", async ({ browser, url, demoApi, watch }) => {
  test.setTimeout(90_000);
  const context = await browser.newContext({ baseURL: url, storageState: process.env.E2E_SESSION });
  const [running] = (await read<{ items: { id: string }[] }>(demoApi, "/campaigns?limit=1")).items;
  const pages = await Promise.all(
    ["/", "/leads", `/campaigns/${running?.id}`, "/analytics"].map(async (path) => {
      const page = await context.newPage();
      await watch.follow(page);
      const followed = await follow(page);
      await page.goto(path);
      return { name: path.replace(running?.id ?? "", "…"), page, ...followed };
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
  for (const { name, page, frames, moved } of pages) {
    const { cls, what } = await moved();
    took.push(`${name} CLS ${cls.toFixed(4)} over ${frames()} events`);
    expect(await page.evaluate(() => document.visibilityState)).toBe("visible");
    expect.soft(frames(), `${name}: events`).toBeGreaterThan(5);
    expect.soft(cls, `${name}: CLS${what}`).toBeLessThanOrEqual(0.05);
  }
  await context.close();
});
