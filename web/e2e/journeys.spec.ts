import { readFileSync } from "node:fs";
import type { APIRequestContext, Browser, Page } from "@playwright/test";
import { Body } from "./support/body";
import { judge } from "./support/checks";
import { expect, settled, test, type Workspace } from "./support/test";

// The first ten journeys of the house list, each with a pointer and with keys
// alone, within their activations: clicks, taps, and keys that set something off.
// The outcome is asked of the API. The second is in onboarding.spec.ts.

const WAYS = [
  { way: "by pointer", keys: false },
  { way: "by keyboard", keys: true },
] as const;

const SMALL = { width: 320, height: 740 };
const HEAD = "Vorname;NACHNAME;E-Mail Adresse (geschäftlich);Firma / Organisation;Position;Kd-Nr\n";

const FIRST = ["Anna", "Boris", "Carla", "Dieter", "Eva", "Franz", "Greta"];
const LAST = ["Albers", "Brandt", "Conrad", "Dreyer", "Engel", "Fuchs", "Graf", "Huber", "Jansen", "Keller", "Lang"];
const person = (i: number) => ({ first: FIRST[i % 7] ?? "", last: LAST[i % 11] ?? "" });

/** A file as somebody else's program writes it; the given lines of it are something else. */
function file(rows: number, odd: Record<number, string> = {}): string {
  let text = HEAD;
  for (let i = 2; i <= rows + 1; i++) {
    const { first, last } = person(i);
    text += `${odd[i] ?? `${first};${last};p${i}@import.example;Firma ${i % 50};Leitung;K-${i}`}\n`;
  }
  return text;
}

async function all<T>(api: APIRequestContext, path: string): Promise<T[]> {
  const answer = await api.get(`/api/v1${path}`);
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
  return (await answer.json()).items;
}

const count = async (api: APIRequestContext, filter = "") =>
  (await (await api.get(`/api/v1/leads?limit=1&count=true${filter}`)).json()).total as number;

/** Imports a file by the API and waits for its end. */
async function give(api: APIRequestContext, text: string): Promise<void> {
  const answer = await api.post("/api/v1/leads/import", {
    multipart: { file: { name: "given.csv", mimeType: "text/csv", buffer: Buffer.from(text) } },
  });
  expect(answer.status(), await answer.text()).toBe(202);
  const { id } = await answer.json();
  await expect
    .poll(async () => (await (await api.get(`/api/v1/imports/${id}`)).json()).state, { timeout: 30_000 })
    .toBe("done");
}

async function upload(page: Page, body: Body, content: string): Promise<void> {
  await body.file(page.locator("input[type=file]"), "export (2).csv", content);
  await body.activate(page.getByRole("button", { name: "Read the file" }));
  await body.activate(page.getByRole("button", { name: "Continue" }));
}

for (const { way, keys } of WAYS) {
  for (const width of [1440, 320])
    test(`task 1: an account and its dashboard, ${way}, at ${width} px`, async ({ page, watch }) => {
      watch.allow(/401/); // nobody is signed in yet
      await page.setViewportSize(width === 320 ? SMALL : { width, height: 900 });
      const body = new Body(page, keys);
      await page.goto("/");
      await body.activate(page.getByRole("link", { name: "Create an account" }));
      await body.write(page.getByLabel("Organization name"), "First Start");
      await body.write(page.getByLabel("Your name"), "Olivia");
      await body.write(page.getByLabel("E-mail"), `first-${Date.now()}-${width}-${way.length}@example.com`);
      await body.write(page.getByLabel("Password", { exact: true }), "a long enough sentence");
      await body.activate(page.getByRole("button", { name: "Create account" }));
      await expect(page.getByRole("region", { name: "Get started" })).toBeVisible();
      await expect(page).toHaveURL(/\/$/);
      expect(body.activations).toBeLessThanOrEqual(4);
    });

  test(`task 3: a thousand rows with odd headers, ${way}`, async ({ mine, workspace }) => {
    const body = new Body(mine, keys);
    await mine.goto("/leads");
    await settled(mine);
    await body.activate(mine.getByRole("link", { name: "Import", exact: true }));
    await upload(mine, body, file(1000));
    await body.activate(mine.getByRole("button", { name: "Import 1,000 leads" }));
    await expect(mine.getByRole("button", { name: "Undo this import" })).toBeVisible({ timeout: 30_000 });
    expect(body.activations).toBeLessThanOrEqual(6);
    expect(await count(workspace.api)).toBe(1000);
    const [one] = await all<Record<string, string>>(workspace.api, "/leads?q=p77@import.example");
    expect(one).toMatchObject({ first_name: "Anna", last_name: "Albers", company: "Firma 27", title: "Leitung" });
  });

  test(`tasks 4 and 5: bad rows mended, the rest told, all taken back, ${way}`, async ({ mine, workspace }) => {
    const body = new Body(mine, keys);
    await mine.goto("/leads/import");
    await settled(mine);
    const bad = {
      15: "Ada;Eins;ada(at)import.example;Firma A;Leitung;K-15",
      400: "Bea;Zwei;bea@@import.example;Firma B;Leitung;K-400",
      999: "Cleo;Drei;cleo.import.example;Firma C;Leitung;K-999",
      1000: "Dora;Vier;niemand;Firma D;Leitung;K-1000",
    };
    await upload(mine, body, file(1000, bad));
    const mend = mine.getByRole("region", { name: "Rows to mend" });
    const cell = (row: number) => mend.getByLabel(`E-Mail Adresse (geschäftlich), row ${row}`);
    await expect(cell(15)).toHaveValue("ada(at)import.example");
    await expect(cell(15)).toHaveAccessibleDescription("Not an e-mail address.");
    await judge(mine, "rows to mend");
    await body.write(cell(15), "ada@import.example");
    await body.write(cell(400), "bea@import.example");
    await body.write(cell(999), "cleo@import.example");
    await body.activate(mine.getByRole("button", { name: "Import 996 leads and 3 mended rows" }));
    const errors = mine.getByRole("link", { name: "Download errors as CSV" });
    await expect(mine.getByRole("button", { name: "Undo this import" })).toBeVisible({ timeout: 30_000 });
    const download = mine.waitForEvent("download");
    await body.activate(errors);
    const lines = readFileSync(await (await download).path(), "utf8")
      .trim()
      .split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^1000,E-Mail Adresse \(geschäftlich\),not an e-mail address,.*niemand/);
    expect(body.activations).toBeLessThanOrEqual(7);
    expect(await count(workspace.api)).toBe(999);
    const mended = await all<Record<string, string>>(workspace.api, "/leads?q=bea@import.example");
    expect(mended[0]).toMatchObject({ first_name: "Bea", last_name: "Zwei", company: "Firma B" });

    body.activations = 0;
    await body.activate(mine.getByRole("button", { name: "Undo this import" }));
    await body.activate(mine.getByRole("dialog").getByRole("button", { name: "Undo the import" }));
    await expect(mine.getByText("Taken back: 999 leads deleted")).toBeVisible({ timeout: 10_000 });
    expect(body.activations).toBeLessThanOrEqual(2);
    expect(await count(workspace.api)).toBe(0);
  });

  for (const width of [1440, 320])
    test(`task 6: a person by name, ${way}, at ${width} px`, async ({ mine, workspace }) => {
      if (width === 320) await mine.setViewportSize(SMALL);
      await workspace.api.post("/api/v1/leads", {
        data: { first_name: "Zoe", last_name: "Quill", email: "z@q.example" },
      });
      await mine.goto("/settings");
      await settled(mine);
      const body = new Body(mine, keys);
      if (keys) await body.press("Control+k");
      else await body.click(mine.getByRole("button", { name: "Search or jump to" }));
      const search = mine.getByRole("combobox", { name: "Search or jump to" });
      await expect(search).toBeFocused();
      await mine.keyboard.type("Zoe Quill");
      const option = mine.getByRole("option", { name: "Zoe Quill" });
      await expect(option).toHaveAttribute("aria-selected", "true");
      if (keys) await body.press("Enter");
      else await body.click(option);
      await expect(
        mine.getByRole("region", { name: "Lead details" }).getByRole("heading", { name: "Zoe Quill" }),
      ).toBeVisible();
      expect(body.activations).toBeLessThanOrEqual(2);
    });

  for (const width of [1440, 320])
    test(`tasks 7 and 8: filter, sort, keep as a view, open it elsewhere, ${way}, at ${width} px`, async ({
      mine,
      workspace,
      browser,
    }) => {
      if (width === 320) await mine.setViewportSize(SMALL);
      await people(workspace);
      const body = new Body(mine, keys);
      await mine.goto("/leads");
      await settled(mine);
      const filters = mine.getByRole("search");
      await body.pick(filters.getByLabel("Status"), "Qualified");
      await expect(mine).toHaveURL(/status=qualified/);
      await body.pick(filters.getByLabel("Score"), "25 and above");
      await expect(mine).toHaveURL(/min_score=25/);
      await body.activate(mine.getByRole("columnheader", { name: "Name" }).getByRole("button"));
      await expect(mine).toHaveURL(/sort=name/);
      await body.activate(mine.getByRole("button", { name: "Save view" }));
      const dialog = mine.getByRole("dialog", { name: "Save view" });
      await expect(dialog).toBeVisible();
      await body.write(dialog.getByLabel("Name"), "Hot ones");
      await body.activate(dialog.getByRole("button", { name: "Save", exact: true }));
      await expect(mine.getByRole("button", { name: "View: Hot ones" })).toBeVisible();
      expect(body.activations).toBeLessThanOrEqual(7);
      const [kept] = await all<{ id: string; search: object }>(workspace.api, "/views");
      expect(kept?.search).toEqual({ status: "qualified", min_score: 25, sort: "name" });

      await expect(mine).toHaveURL(new RegExp(`/leads\\?view=${kept?.id}$`));
      const other = await fresh(browser, workspace, mine.url(), width);
      await expect(other.getByRole("button", { name: "View: Hot ones" })).toBeVisible();
      await expect(other.getByRole("row")).toHaveCount(3); // the header and two people
      await expect(other.getByRole("row").nth(1)).toContainText("Ada");
      await expect(other.getByRole("row").nth(2)).toContainText("Bea");
      await expect(other.getByRole("search").getByLabel("Status")).toHaveValue("qualified");
      await other.context().close();
    });

  test(`task 9: everybody who matches is enrolled, and taken back, ${way}`, async ({ mine, workspace }) => {
    const { api } = workspace;
    const campaign = await waiting(api);
    let text = "email,first_name,company\n";
    for (let i = 0; i < 500; i++) text += `b${i}@bulk.example,B${i},Bulk\n`;
    await give(api, `${text}ada@seed.example,Ada,Bulk\n`); // in the campaign already
    const enrolled = async () => (await (await api.get(`/api/v1/campaigns/${campaign}/metrics`)).json()).enrolled;
    await expect.poll(enrolled).toBe(1);
    const body = new Body(mine, keys);
    await mine.goto("/leads?q=Bulk&sort=name");
    await settled(mine);
    await body.tick(mine.getByRole("checkbox", { name: "Pick this page" }));
    const bar = mine.getByRole("region", { name: "Picked leads" });
    await body.activate(bar.getByRole("button", { name: "Pick all 500 that match" }));
    await body.activate(bar.getByRole("button", { name: "Enrol in campaign" }));
    await body.item(mine.getByRole("menuitem", { name: "By hand" }));
    await expect(mine.getByText("500 leads enrolled.")).toBeVisible();
    expect(await enrolled()).toBe(501);
    await body.undo();
    await expect(mine.getByText("Taken back: 500 leads are out of the campaign.")).toBeVisible();
    expect(body.activations).toBeLessThanOrEqual(6);
    expect(await enrolled()).toBe(1);
  });

  test(`task 10: a status edited in the list, and taken back, ${way}`, async ({ mine, workspace }) => {
    await workspace.api.post("/api/v1/leads", { data: { first_name: "Ada", email: "ada@people.example" } });
    const status = async () => (await all<{ status: string }>(workspace.api, "/leads"))[0]?.status;
    const body = new Body(mine, keys);
    await mine.goto("/leads");
    await settled(mine);
    const select = mine.getByLabel("Status of Ada");
    if (keys) {
      await body.reach(select, 200);
      await mine.keyboard.type("Qua");
      expect(await status()).toBe("new"); // on the way nothing happens
      await body.press("Enter");
    } else await body.choose(select, "Qualified");
    await expect(mine.getByText("Ada is qualified now.")).toBeVisible();
    await expect.poll(status).toBe("qualified");
    await body.undo();
    await expect.poll(status).toBe("new");
    await expect(select).toHaveValue("new");
    expect(body.activations).toBeLessThanOrEqual(3);
  });
}

/** Two people who are qualified and well scored, one who is not, one without a score. */
async function people({ api }: Workspace): Promise<void> {
  const rows: [string, string, object][] = [
    ["Bea", "qualified", { title: "CEO", company: "Acme", phone: "+14155550101", region: "CA" }],
    ["Ada", "qualified", { title: "CEO", company: "Acme", phone: "+14155550102", region: "CA" }],
    ["Cleo", "new", { title: "CEO", company: "Acme", phone: "+14155550103", region: "CA" }],
  ];
  for (const [first_name, status, more] of rows) {
    const email = `${first_name.toLowerCase()}@people.example`;
    const made = await (await api.post("/api/v1/leads", { data: { first_name, email, ...more } })).json();
    const changed = await api.patch(`/api/v1/leads/${made.id}`, { data: { status } });
    expect(changed.ok(), await changed.text()).toBe(true);
  }
  const scores = await all<{ score: number }>(api, "/leads?status=qualified");
  for (const { score } of scores) expect(score).toBeGreaterThanOrEqual(25);
}

async function fresh(browser: Browser, { email, password }: Workspace, url: string, width: number): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 740 } });
  const signed = await context.request.post(new URL("/api/v1/auth/login", url).href, { data: { email, password } });
  expect(signed.ok(), await signed.text()).toBe(true);
  const page = await context.newPage();
  await page.goto(url);
  await settled(page);
  return page;
}

/** A running campaign whose mails wait for a yes, with one person in it. */
async function waiting(api: APIRequestContext): Promise<string> {
  const made = async (path: string, data: object) => {
    const answer = await api.post(`/api/v1${path}`, { data });
    expect(answer.ok(), await answer.text()).toBe(true);
    return (await answer.json()).id as string;
  };
  const postal_address = {
    line1: "1 Market St",
    city: "San Francisco",
    region: "CA",
    postal_code: "94105",
    country: "US",
  };
  await api.patch("/api/v1/organization", { data: { postal_address } });
  const mailbox_id = await made("/mailboxes", {
    from_name: "Olivia",
    from_address: "olivia@sender.example",
    smtp: { host: "127.0.0.1", port: 2525, tls: "none" },
  });
  await made("/leads", { email: "ada@seed.example", first_name: "Ada", company: "Seed" });
  const id = await made("/campaigns", {
    name: "By hand",
    type: "email_sequence",
    mailbox_id,
    ai: { autonomy: "approve" },
    audience: { filter: { company: ["Seed"] } },
    steps: [
      { channel: "email", delay: "0s", variants: [{ name: "A", subject: "Hello", body: "Do you have a minute?" }] },
    ],
  });
  await made(`/campaigns/${id}/launch`, {});
  return id;
}
