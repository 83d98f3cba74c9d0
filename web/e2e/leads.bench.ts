import { test as base, expect, type Page } from "@playwright/test";
import { Program } from "./support/program";
import { settled } from "./support/test";

// make bench-leads: how long it takes from a click to painted rows when the
// workspace has 100,000 leads, on the program as it is shipped. Prints the
// percentiles of each kind of step and holds their p95 to the budget.

const LEADS = Number(process.env.BENCH_LEADS ?? 100_000);
const BUDGET_MS = Number(process.env.BENCH_BUDGET_MS ?? 300);

const FIRST = [
  "Anna",
  "Boris",
  "Carla",
  "Dieter",
  "Eva",
  "Franz",
  "Greta",
  "Henry",
  "Ida",
  "Jonas",
  "Karin",
  "Leo",
  "Mia",
];
const LAST = [
  "Albers",
  "Brandt",
  "Conrad",
  "Dreyer",
  "Engel",
  "Fuchs",
  "Graf",
  "Huber",
  "Jansen",
  "Keller",
  "Lang",
  "Moser",
];
const TITLES = ["CEO", "VP Sales", "Engineer", "", "Head of Marketing", "Assistant", "Owner"];

function file(): string {
  const lines = ["First name,Last name,Email,Company,Job title,Phone"];
  for (let i = 0; i < LEADS; i++) {
    const pick = <T>(list: readonly T[], step: number) => list[Math.floor(i / step) % list.length];
    const phone = i % 3 === 0 ? `+1415${String(2_000_000 + i).padStart(7, "0")}` : "";
    lines.push(
      `${pick(FIRST, 1)},${pick(LAST, 5)},p${i}@bench${i % 4000}.example,Firm ${i % 5000},${pick(TITLES, 3)},${phone}`,
    );
  }
  return lines.join("\n");
}

const test = base.extend<{ full: Page }>({
  full: async ({ browser }, use) => {
    const program = new Program("serve");
    try {
      await program.start();
      const context = await browser.newContext({ baseURL: program.url, viewport: { width: 1440, height: 900 } });
      const api = context.request;
      const made = await api.post("/api/v1/auth/signup", {
        data: {
          organization_name: "Bench",
          name: "Ben",
          email: "ben@bench.example",
          password: "a long enough sentence",
        },
      });
      expect(made.ok(), await made.text()).toBe(true);
      const started = Date.now();
      const begun = await api.post("/api/v1/leads/import", {
        multipart: { file: { name: "bench.csv", mimeType: "text/csv", buffer: Buffer.from(file()) } },
        timeout: 120_000,
      });
      const { id } = await begun.json();
      await expect
        .poll(async () => (await (await api.get(`/api/v1/imports/${id}`)).json()).state, { timeout: 180_000 })
        .toBe("done");
      console.log(`imported ${LEADS} leads in ${((Date.now() - started) / 1000).toFixed(1)} s`);
      for (const [q, status] of [
        ["Carla", "qualified"],
        ["Greta", "cold"],
        ["Ida A", "meeting_booked"],
      ])
        await api.post("/api/v1/leads/bulk", {
          data: { filter: { q }, action: "set_status", status },
          timeout: 180_000,
        });
      await use(await context.newPage());
      await context.close();
    } finally {
      await program.remove();
    }
  },
});

/**
 * From the next click or choice to the frame after the rows of its answer;
 * undefined when the page still had the answer and asked for none.
 */
async function timed(page: Page, act: () => Promise<unknown>): Promise<number | undefined> {
  const done = page.evaluate(
    () =>
      new Promise<number | undefined>((resolve) => {
        performance.clearResourceTimings(); // of which a browser keeps 250
        const href = location.href;
        let from = 0;
        let still = 0;
        const start = () => {
          from ||= performance.now();
        };
        for (const kind of ["pointerdown", "change"]) addEventListener(kind, start, { capture: true });
        const look = () => {
          const answered = performance
            .getEntriesByType("resource")
            .some(({ name, startTime }) => from > 0 && startTime >= from && /\/api\/v1\/leads\?.*limit=25/.test(name));
          const table = document.querySelector("main table:not([aria-busy] *)");
          const rows =
            table?.querySelectorAll("tbody tr").length ??
            Number(document.querySelector("main")?.textContent?.includes("No lead matches this filter"));
          if (rows > 0 && location.href !== href) still++;
          else still = 0;
          if (answered && rows > 0) requestAnimationFrame(() => resolve(performance.now() - from));
          else if (still > 10) resolve(undefined);
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
  await act();
  return done;
}

test("sort, filter and page among 100,000 leads", async ({ full }) => {
  test.setTimeout(300_000);
  const times: Record<string, number[]> = { sort: [], filter: [], search: [], page: [] };
  const slow: string[] = [];
  const note = async (kind: string, what: string, act: () => Promise<unknown>) => {
    const ms = await timed(full, act);
    if (ms === undefined) return;
    times[kind]?.push(ms);
    if (ms > BUDGET_MS) slow.push(`${what}: ${Math.round(ms)} ms`);
  };
  const next = full.getByRole("navigation", { name: "Pages of leads" }).getByRole("button", { name: "Next" });
  const pages = async (what: string) => {
    for (let i = 0; i < 3 && (await next.isEnabled().catch(() => false)); i++)
      await note("page", `${what}, page ${i + 2}`, () => next.click());
  };
  const sorts = async (what: string) => {
    for (const name of ["Name", "Name", "Company", "Company", "Added", "Added", "Score", "Score"]) {
      const header = full.getByRole("columnheader", { name }).getByRole("button");
      await note("sort", `${what} by ${name}`, () => header.click());
      await pages(`${what} by ${name}`);
    }
  };
  await full.goto("/leads");
  await settled(full);
  await expect(full.getByText(`${LEADS.toLocaleString("en-US")} leads`, { exact: true })).toBeVisible();
  await sorts("everybody");
  const filters = full.getByRole("search");
  for (const status of ["Qualified", "Meeting booked", "New", "Any status"]) {
    await note("filter", status, () => filters.getByLabel("Status").selectOption({ label: status }));
    for (const score of ["25 and above", "50 and above", "Any score"])
      await note("filter", `${status}, ${score}`, () => filters.getByLabel("Score").selectOption({ label: score }));
    await sorts(status);
  }
  for (const q of [
    "Anna",
    "Anna Fuchs",
    "Moser",
    "Firm 12",
    "Firm 4999",
    "p77@bench77.example",
    "@bench12.example",
    "Z",
    "E",
  ]) {
    await filters.getByRole("searchbox", { name: "Filter" }).fill(q);
    await note("search", q, () => filters.getByRole("button", { name: "Apply" }).click());
    await pages(q);
  }
  console.log(`steps of ${LEADS} leads, from the click to painted rows:`);
  for (const [kind, list] of Object.entries(times)) {
    const sorted = list.toSorted((a, b) => a - b);
    const at = (share: number) =>
      Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
    console.log(
      `  ${kind.padEnd(7)} n=${String(list.length).padEnd(4)} p50 ${at(0.5)} ms  p95 ${at(0.95)} ms  max ${at(1)} ms`,
    );
    expect.soft(at(0.95), `p95 of ${kind}; over ${BUDGET_MS} ms: ${slow.join(", ")}`).toBeLessThanOrEqual(BUDGET_MS);
  }
  if (slow.length > 0) console.log(`  over ${BUDGET_MS} ms: ${slow.join(", ")}`);
});
