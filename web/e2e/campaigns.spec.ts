import type { APIRequestContext, Page } from "@playwright/test";
import { judge } from "./support/checks";
import { type Corner, corners, FULL, keep, wear } from "./support/corners";
import { Hand, MODES } from "./support/hand";
import { Sink } from "./support/sink";
import { test as base, expect, settled, type Workspace } from "./support/test";

/** A workspace that can send: an address, a mailbox at a server of ours, three people. */
const test = base.extend<{ sink: Sink; ready: Workspace }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names from it
  sink: async ({}, use) => {
    const sink = await new Sink().start();
    await use(sink);
    await sink.stop();
  },
  ready: async ({ workspace, sink }, use) => {
    const { api } = workspace;
    const put = async (what: Promise<{ ok: () => boolean; text: () => Promise<string> }>) => {
      const answer = await what;
      expect(answer.ok(), await answer.text()).toBe(true);
    };
    const postal_address = {
      line1: "1 Market St",
      city: "San Francisco",
      region: "CA",
      postal_code: "94105",
      country: "US",
    };
    await put(api.patch("/api/v1/organization", { data: { postal_address } }));
    const smtp = { host: "127.0.0.1", port: sink.port, tls: "none" };
    await put(
      api.post("/api/v1/mailboxes", { data: { from_name: "Olivia", from_address: "olivia@sender.example", smtp } }),
    );
    const people = [
      { email: "ada@people.example", first_name: "Ada", last_name: "Stone", company: "Stonework" },
      { email: "bo@people.example", last_name: "Nameless" },
      { first_name: "Cy", last_name: "Noaddress", phone: "+14155550100" },
    ];
    for (const data of people)
      await put(api.post("/api/v1/leads", { data: { ...data, timezone: "America/New_York" } }));
    await use(workspace);
  },
});

const VARIANT = {
  name: "A",
  subject: "About {{company | your company}}",
  body: "Hello {{first_name | there}}, one question.",
};

async function draft(api: APIRequestContext, name: string, steps = 2): Promise<string> {
  const mailboxes = await (await api.get("/api/v1/mailboxes")).json();
  const answer = await api.post("/api/v1/campaigns", {
    data: {
      name,
      type: "email_sequence",
      mailbox_id: mailboxes.items[0].id,
      steps: Array.from({ length: steps }, (_, i) => ({
        channel: "email",
        delay: i === 0 ? "0s" : "72h",
        variants: [{ ...VARIANT, subject: `${VARIANT.subject}, part ${i + 1}` }],
      })),
    },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  return (await answer.json()).id;
}

const subjects = async (api: APIRequestContext, id: string): Promise<string[]> => {
  const { steps } = await (await api.get(`/api/v1/campaigns/${id}`)).json();
  return steps.map((step: { variants: { subject: string }[] }) => step.variants[0]?.subject);
};

const saved = (page: Page) => expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
const next = (page: Page) => page.getByRole("button", { name: "Save and continue" });

for (const mode of MODES)
  test(`task 14, by ${mode}: a sequence of three AI mails with mobile preview and a test to oneself`, async ({
    mine,
    ready,
    sink,
  }) => {
    const hand = new Hand(mine, mode);
    await mine.goto("/campaigns");
    await settled(mine);
    await hand.click(mine.getByRole("link", { name: "New campaign" }).first());
    await hand.type(mine.getByLabel("Campaign Name"), "Autumn");
    await hand.click(next(mine));
    await expect(mine.getByRole("heading", { name: "Configure AI" })).toBeVisible();
    await expect(mine.getByText("Built-in composer")).toBeVisible();
    await hand.click(next(mine));
    await expect(mine.getByText("3 leads match")).toBeVisible();
    await hand.click(next(mine));
    await hand.click(mine.getByRole("button", { name: "Add mail" }));
    await hand.click(mine.getByRole("button", { name: "Add mail" }));
    for (let i = 1; i <= 3; i++)
      await hand.type(
        mine.getByRole("listitem", { name: `Step ${i}` }).getByLabel("Brief for the AI"),
        `Ask for a short call, part ${i}`,
      );
    const first = mine.getByRole("listitem", { name: "Step 1" });
    await expect(first.getByLabel("Subject")).not.toHaveValue(""); // written and shown
    await hand.click(first.getByRole("button", { name: /^Preview/ }));
    const dialog = mine.getByRole("dialog", { name: "Preview" });
    await hand.click(dialog.getByRole("button", { name: "Mobile" }));
    const frame = dialog.frameLocator("iframe");
    await expect(frame.getByText("1 Market St")).toBeVisible();
    await expect(frame.getByRole("link", { name: "Unsubscribe" })).toBeVisible();
    await hand.click(dialog.getByRole("button", { name: "Send test to myself" }));
    await expect(dialog.getByText(`to ${ready.email}`)).toBeVisible();
    await expect(dialog.getByText("Sent", { exact: true })).toBeVisible();
    await hand.press("Escape");
    await hand.click(next(mine));
    await expect(mine.getByText("3 people: 2 reachable, 1 excluded")).toBeVisible();
    await hand.click(mine.getByRole("button", { name: "Launch Campaign" }));
    await expect(mine.getByText("Running", { exact: true })).toBeVisible();
    expect(hand.activations).toBeLessThanOrEqual(14);
    expect(sink.mails[0]).toContain("Subject: [Test] ");
    const { items } = await (await ready.api.get("/api/v1/campaigns")).json();
    expect(
      items.map((item: { name: string; status: string; steps: unknown[] }) => [
        item.name,
        item.status,
        item.steps.length,
      ]),
    ).toEqual([["Autumn", "running", 3]]);
  });

for (const mode of MODES)
  test(`task 15, by ${mode}: steps are reordered, undone and redone`, async ({ mine, ready }) => {
    const id = await draft(ready.api, "Order", 3);
    const hand = new Hand(mine, mode);
    await mine.goto(`/campaigns/${id}/edit?step=sequence`);
    const before = await subjects(ready.api, id);
    const order = () =>
      mine.getByLabel("Subject").evaluateAll((all) => all.map((field) => (field as HTMLInputElement).value));
    await hand.click(mine.getByRole("button", { name: "Move step 2 up" }));
    const swapped = [before[1], before[0], before[2]];
    await expect.poll(order).toEqual(swapped);
    const keys = mode === "keyboard";
    await (keys ? hand.press("Control+z") : hand.click(mine.getByRole("button", { name: /^Undo/ })));
    await expect.poll(order).toEqual(before);
    await (keys ? hand.press("Control+Shift+z") : hand.click(mine.getByRole("button", { name: /^Redo/ })));
    await expect.poll(order).toEqual(swapped);
    await saved(mine);
    await expect.poll(() => subjects(ready.api, id)).toEqual(swapped);
    expect(hand.activations).toBeLessThanOrEqual(8);
  });

test("the canvas is the same sequence: a step is dragged to its place", async ({ mine, ready }) => {
  const id = await draft(ready.api, "Canvas", 2);
  await mine.goto(`/campaigns/${id}/edit?step=sequence&view=canvas`);
  const before = await subjects(ready.api, id);
  const box = (n: number) => mine.locator(".react-flow__node-step").nth(n);
  await expect(box(1)).toBeVisible();
  const from = await box(1).boundingBox();
  const to = await box(0).boundingBox();
  if (!from || !to) throw new Error("no boxes");
  await mine.mouse.move(from.x + 60, from.y + 20);
  await mine.mouse.down();
  await mine.mouse.move(from.x + 60, from.y, { steps: 4 });
  await mine.mouse.move(to.x + 60, to.y - 10, { steps: 8 });
  await mine.mouse.up();
  await expect.poll(() => subjects(ready.api, id)).toEqual([before[1], before[0]]);
  await mine.getByRole("button", { name: "List" }).click();
  await expect(mine).toHaveURL(/step=sequence$/);
  await expect(mine.getByLabel("Subject").first()).toHaveValue(before[1] ?? "");
});

for (const mode of MODES)
  test(`task 16, by ${mode}: a test of two subjects`, async ({ mine, ready }) => {
    const id = await draft(ready.api, "Compare", 1);
    const hand = new Hand(mine, mode);
    await mine.goto("/campaigns");
    await settled(mine);
    await hand.click(mine.getByRole("link", { name: "Compare" }));
    await hand.click(mine.getByRole("navigation", { name: "Campaign steps" }).getByRole("link", { name: /Steps/ }));
    await hand.click(mine.getByRole("button", { name: "Add a version to compare" }));
    await hand.type(mine.getByRole("group", { name: /Version B/ }).getByLabel("Subject"), "Another question");
    await expect(mine.getByText("Shares: 50 + 50 = 100")).toBeVisible();
    await saved(mine);
    expect(hand.activations).toBeLessThanOrEqual(6);
    const { steps } = await (await ready.api.get(`/api/v1/campaigns/${id}`)).json();
    expect(steps[0].variants.map(({ weight }: { weight: number }) => weight)).toEqual([50, 50]);
    // Its page says that it is too early, and can end the test.
    await ready.api.post(`/api/v1/campaigns/${id}/launch`);
    await mine.goto(`/campaigns/${id}?tab=versions`);
    await expect(mine.getByText("Not enough data yet")).toBeVisible();
    await mine.getByRole("button", { name: "Ship B" }).click();
    await mine.getByRole("button", { name: "Ship it" }).click();
    await expect(mine.getByText("Decided", { exact: true })).toBeVisible();
    await mine.getByRole("button", { name: "Undo" }).click();
    await expect(mine.getByText("Comparing", { exact: true })).toBeVisible();
  });

for (const mode of MODES)
  test(`task 13 for mail, by ${mode}, at 320 px: from the dashboard to a launched campaign`, async ({
    mine,
    ready,
  }) => {
    await mine.setViewportSize({ width: 320, height: 740 });
    const hand = new Hand(mine, mode);
    await mine.goto("/");
    await settled(mine);
    await hand.click(mine.getByRole("link", { name: "Campaigns", exact: true }).filter({ visible: true }).first());
    await expect(mine.getByRole("heading", { level: 1, name: "Campaigns" })).toBeVisible();
    await hand.click(mine.getByRole("link", { name: "New campaign" }).first());
    await hand.type(mine.getByLabel("Campaign Name"), "With one hand");
    await hand.click(next(mine));
    await expect(mine.getByRole("heading", { name: "Configure AI" })).toBeVisible();
    await hand.click(next(mine));
    await expect(mine.getByRole("heading", { name: "Target Audience" })).toBeVisible();
    await hand.click(next(mine));
    await hand.type(mine.getByLabel("Subject"), "One question");
    await hand.type(mine.getByRole("textbox", { name: "Text" }), "Hello there.");
    await hand.click(next(mine));
    const launch = mine.getByRole("button", { name: "Launch Campaign" });
    await expect(launch).toBeEnabled();
    await hand.click(launch);
    // One mail to each of two people: it may be over before anybody looks.
    await expect(mine.getByText(/^(Running|Completed)$/).first()).toBeVisible();
    expect(hand.activations).toBeLessThanOrEqual(8);
    const { items } = await (await ready.api.get("/api/v1/campaigns")).json();
    expect(items[0]).toMatchObject({ name: "With one hand", status: expect.stringMatching(/^(running|completed)$/) });
  });

test("every exclusion leads to its people, every warning says its number", async ({ mine, ready }) => {
  const id = await draft(ready.api, "Gate", 1);
  await mine.goto(`/campaigns/${id}/edit?step=review`);
  await mine.getByRole("button", { name: "1 no address for this channel" }).click();
  await expect(mine.getByRole("dialog").getByRole("link", { name: "Cy Noaddress" })).toBeVisible();
  await mine.keyboard.press("Escape");
  await expect(mine.getByText('1 of 2 has no first_name, fallback "there" is used.')).toBeVisible();
});

test("nothing typed is lost: not by a fault, not by Back, not by a reload, not by a double click", async ({
  mine,
  ready,
}) => {
  await mine.goto("/campaigns/new");
  await next(mine).click();
  const name = mine.getByLabel("Campaign Name");
  await expect(name).toBeFocused();
  await expect(name).toHaveAccessibleDescription("Give the campaign a name.");
  await name.fill("Kept");
  await mine.getByLabel("Goal").fill("A booked demo");
  await mine.goto("/campaigns");
  await mine.goBack();
  await expect(name).toHaveValue("Kept");
  await next(mine).dblclick();
  await expect(mine.getByRole("heading", { name: "Configure AI" })).toBeVisible();
  const list = await (await ready.api.get("/api/v1/campaigns")).json();
  expect(list.items).toHaveLength(1);
  const { id } = list.items[0];
  // A step that is not finished is not stored, and comes back.
  await mine.goto(`/campaigns/${id}/edit?step=sequence`);
  await mine.getByLabel("Subject").fill("Half a mail");
  await expect(mine.getByText("1 thing to mend")).toBeVisible();
  await next(mine).click();
  await expect(mine.getByRole("textbox", { name: "Text" })).toBeFocused();
  await mine.reload();
  await expect(mine.getByLabel("Subject")).toHaveValue("Half a mail");
  // Basics are stored as they are typed.
  await mine.goto(`/campaigns/${id}/edit?step=basics`);
  await mine.getByLabel("Goal").fill("Two demos");
  await expect.poll(async () => (await (await ready.api.get(`/api/v1/campaigns/${id}`)).json()).goal).toBe("Two demos");
});

test("somebody else's change is not overwritten without asking", async ({ mine, ready, watch }) => {
  watch.allow(/412/);
  const id = await draft(ready.api, "Shared", 1);
  await mine.goto(`/campaigns/${id}/edit?step=sequence`);
  const subject = mine.getByLabel("Subject");
  await expect(subject).toBeVisible();
  const theirs = await (await ready.api.get(`/api/v1/campaigns/${id}`)).json();
  theirs.steps[0].variants[0].subject = "Theirs";
  await mine.route("**/api/v1/campaigns/*", async (route) => {
    // Ours comes too late by a moment.
    if (route.request().method() === "PATCH" && theirs.name) {
      theirs.name = "";
      await ready.api.patch(`/api/v1/campaigns/${id}`, { data: { steps: theirs.steps } });
    }
    await route.continue();
  });
  await subject.fill("Ours");
  await expect(mine.getByText("Somebody else changed this campaign")).toBeVisible();
  await expect(subject).toHaveValue("Ours");
  await mine.getByRole("button", { name: "Keep mine, overwrite theirs" }).click();
  await expect.poll(() => subjects(ready.api, id)).toEqual(["Ours"]);
});

test("rooms and states of a campaign stand every check", async ({ mine, ready, watch }) => {
  test.setTimeout(600_000);
  const id = await draft(ready.api, "Judged", 2);
  const other = await draft(ready.api, "Launched", 1);
  await ready.api.post(`/api/v1/campaigns/${other}/launch`);
  const edit = ["basics", "ai", "audience", "sequence", "sequence&view=canvas", "review"].map(
    (step) => `/campaigns/${id}/edit?step=${step}`,
  );
  const tabs = ["overview", "versions", "steps", "people", "record", "doubt"].map(
    (tab) => `/campaigns/${other}?tab=${tab}`,
  );
  const short: [Corner, string[]][] = [
    [{ width: 320, theme: "dark" }, edit],
    [{ width: 1440, theme: "light" }, tabs],
  ];
  const all = corners(0).map((corner): [Corner, string[]] => [corner, [...edit, ...tabs]]);
  for (const [{ width, theme }, rooms] of FULL ? all : short) {
    await mine.setViewportSize({ width, height: 900 });
    await wear(mine, theme);
    for (const room of rooms) {
      await mine.goto(room);
      await settled(mine);
      if (room.includes("canvas")) await expect(mine.locator(".react-flow__node-step").first()).toBeVisible();
      await judge(mine, `${room} at ${width}`);
      await keep(mine, `campaign-${room.split("=").pop()}`, { width, theme }, true);
    }
  }
  await mine.setViewportSize({ width: 320, height: 900 });
  await mine.goto(`/campaigns/${id}/edit?step=sequence`);
  await mine.getByText("Insert a field").first().click();
  await expect(mine.getByRole("button", { name: /^First name/ }).first()).toBeVisible();
  await judge(mine, "the fields");
  await mine.keyboard.press("Escape");
  await mine
    .getByRole("button", { name: /^Preview/ })
    .first()
    .click();
  await expect(mine.frameLocator("iframe").getByText("Unsubscribe")).toBeVisible();
  // axe waits for ever for an answer from a frame that can run nothing.
  await mine.locator("iframe").evaluate((frame) => frame.remove());
  await judge(mine, "the preview");
  watch.allow(/500/);
  await mine.route("**/outlook", (route) => route.fulfill({ status: 500, body: "{}" }));
  await mine.goto(`/campaigns/${other}`);
  await expect(mine.getByRole("alert").first()).toBeVisible();
  await judge(mine, "an error");
});
