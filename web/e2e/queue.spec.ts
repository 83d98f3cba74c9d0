import { judge } from "./support/checks";
import { Hand, MODES } from "./support/hand";
import { expect, settled, test, type Workspace } from "./support/test";

const PEOPLE = ["Ada Approved", "Edith Edited", "Rita Rejected"];

/** A campaign whose drafts wait for a person. */
async function drafts({ api }: Workspace, people = PEOPLE): Promise<void> {
  const post = async (path: string, data: object): Promise<{ id: string }> => {
    const answer = await api.post(`/api/v1${path}`, { data });
    expect(answer.ok(), await answer.text()).toBe(true);
    return answer.json();
  };
  await api.patch("/api/v1/organization", {
    data: { postal_address: { line1: "1 Main St", city: "Austin", region: "TX", postal_code: "73301", country: "US" } },
  });
  for (const name of people) {
    const [first_name, last_name] = name.split(" ");
    await post("/leads", { first_name, last_name, email: `${first_name}.${last_name}@people.example`.toLowerCase() });
  }
  const smtp = { host: "127.0.0.1", port: 9, tls: "none" };
  const box = await post("/mailboxes", { from_name: "Olivia", from_address: "olivia@sender.example", smtp });
  const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
  const campaign = await post("/campaigns", {
    name: "Careful words",
    type: "email_sequence",
    mailbox_id: box.id,
    ai: { autonomy: "approve" },
    audience: { filter: {} },
    schedule: { days, from: "00:00", to: "24:00", timezone: "UTC" },
    steps: [
      {
        channel: "email",
        delay: "0s",
        variants: [{ name: "A", subject: "Hello {{first_name}}", body: "A short question, {{first_name}}." }],
      },
    ],
  });
  await post(`/campaigns/${campaign.id}/launch`, {});
}

test("drafts are approved, edited and rejected by key", async ({ mine, workspace }) => {
  await mine.goto("/queue");
  await expect(mine.getByText("No draft waits for approval")).toBeVisible();
  await drafts(workspace);
  // The page follows by itself.
  await expect(mine.getByRole("link", { name: /Ada Approved/ })).toBeVisible({ timeout: 20_000 });
  await expect(mine.getByRole("link", { name: /Rita Rejected/ })).toBeVisible();
  await expect(mine.getByRole("tab", { name: "Approvals (3)" })).toBeVisible();

  const hand = new Hand(mine);
  const open = async (name: string) => {
    const article = mine.getByRole("article", { name: `Mail to ${name}` });
    // The list may just be losing the draft that was judged before: up, then down.
    await expect(async () => {
      for (const key of ["k", "k", "j", "j"]) {
        if (await article.isVisible()) return;
        await mine.keyboard.press(key);
        await article.waitFor({ timeout: 500 }).catch(() => undefined);
      }
      await expect(article).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 20_000 });
  };
  await open("Edith Edited");
  await expect(mine.getByText("A short question, Edith.")).toBeVisible();
  await judge(mine, "a draft");
  await mine.keyboard.press("e");
  await expect(mine.getByLabel("Subject")).toBeFocused();
  await mine.getByLabel("Text").fill("Only for you, {{first_name}}: a better question.");
  await mine.keyboard.press("Control+Enter");
  await expect(mine.getByText("Only for you, Edith: a better question.")).toBeVisible();
  await hand.press("a");
  await expect(mine.getByRole("tab", { name: "Approvals (2)" })).toBeVisible();

  await open("Rita Rejected");
  await hand.press("r");
  await expect(mine.getByRole("tab", { name: "Approvals (1)" })).toBeVisible();
  await open("Ada Approved");
  await hand.press("a");
  await expect(mine.getByText("No draft waits for approval")).toBeVisible();
  expect(hand.activations).toBe(3);

  const { items } = await (await workspace.api.get("/api/v1/actions?limit=50")).json();
  const states = new Map(items.map((action: { lead_name: string; state: string }) => [action.lead_name, action.state]));
  expect(states.get("Rita Rejected")).toBe("abandoned");
  expect(states.get("Ada Approved")).toMatch(/queued|claimed|sending|failed/);
  expect(states.get("Edith Edited")).toMatch(/queued|claimed|sending|failed/);
});

for (const width of [1440, 320])
  for (const mode of MODES)
    test(`task 17, by ${mode}, at ${width} px: ten drafts are approved`, async ({ mine, workspace }) => {
      await mine.setViewportSize({ width, height: 800 });
      const people = Array.from({ length: 10 }, (_, i) => `Nina Number${i}`);
      await drafts(workspace, people);
      await mine.goto("/queue");
      await expect(mine.getByRole("tab", { name: "Approvals (10)" })).toBeVisible({ timeout: 20_000 });
      await expect(mine.getByRole("link", { name: /^Nina/ })).toHaveCount(10);
      const hand = new Hand(mine, mode);
      if (mode === "keyboard") await hand.press("j");
      else await hand.click(mine.getByRole("link", { name: /Nina/ }).first());
      const seen = new Set<string>();
      for (let left = 10; left > 0; left--) {
        const draft = mine.getByRole("article", { name: /^Mail to Nina/ });
        const whose = async () => (await draft.getAttribute("aria-label")) ?? "";
        // The number on the tab may be faster than the next draft.
        await expect.poll(async () => seen.has(await whose())).toBe(false);
        seen.add(await whose());
        if (mode === "keyboard") await hand.press("a");
        else await hand.click(draft.getByRole("button", { name: "Approve" }));
        if (left > 1) await expect(mine.getByRole("tab", { name: `Approvals (${left - 1})` })).toBeVisible();
      }
      await expect(mine.getByText("No draft waits for approval")).toBeVisible();
      expect(seen.size, "each was seen before it was approved").toBe(10);
      expect(hand.activations).toBeLessThanOrEqual(11);
      const { items } = await (await workspace.api.get("/api/v1/actions?limit=50")).json();
      expect(
        items.map(({ state }: { state: string }) => state).filter((state: string) => state === "proposed"),
      ).toEqual([]);
    });

test("words that make no sense are refused beside their field", async ({ mine, workspace, watch }) => {
  watch.allow(/422/);
  await drafts(workspace);
  await mine.goto("/queue");
  await mine.getByRole("link", { name: /Ada Approved/ }).click({ timeout: 20_000 });
  await mine.getByRole("button", { name: "Edit" }).click();
  await mine.getByLabel("Text").fill("Hello {{no_such_field}}");
  await mine.getByRole("button", { name: "Save the draft" }).click();
  await expect(mine.getByLabel("Text")).toHaveAttribute("aria-invalid", "true");
  await expect(mine.getByLabel("Text")).toHaveValue("Hello {{no_such_field}}");
  await settled(mine);
});
