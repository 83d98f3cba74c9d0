import { judge } from "./support/checks";
import { Hand, MODES } from "./support/hand";
import { expect, settled, test } from "./support/test";

for (const mode of MODES)
  test(`task 2, by ${mode}: from an empty workspace to a booked demo, without a key or an account`, async ({
    mine,
    workspace,
  }) => {
    test.setTimeout(180_000);
    const hand = new Hand(mine, mode);
    const home = () => hand.click(mine.getByRole("link", { name: "Home", exact: true }));
    const next = () => hand.click(mine.getByRole("button", { name: "Save and continue" }));
    await mine.goto("/");
    await settled(mine);
    const list = mine.getByRole("region", { name: "Get started" });
    await expect(list).toContainText("0 of 6 done");
    await judge(mine, "an empty workspace");
    await hand.click(list.getByRole("button", { name: "Use sample leads" }));
    await expect(list).toContainText("1 of 6 done");
    await expect(mine.getByRole("region", { name: "Sample data" })).toContainText("20 sample leads");
    await hand.click(list.getByRole("link", { name: "Enter" }));
    await hand.type(mine.getByLabel("Address", { exact: true }), "1 Main Street");
    await hand.type(mine.getByLabel("City"), "Austin");
    await hand.type(mine.getByLabel(/^(Region|State)/), "TX");
    await hand.type(mine.getByLabel("Postal code"), "73301");
    await hand.type(mine.getByLabel("Country"), "US");
    await hand.click(mine.getByRole("button", { name: "Save" }));
    await expect(mine.getByText("Settings saved.")).toBeVisible();
    await home();
    await hand.click(list.getByRole("button", { name: "Use the practice mailbox" }));
    await expect(list).toContainText("3 of 6 done");
    await judge(mine, "half way");
    await hand.click(list.getByRole("link", { name: "Create" }));
    await hand.type(mine.getByLabel("Campaign Name"), "First words");
    await next();
    await expect(mine.getByRole("heading", { name: "Configure AI" })).toBeVisible();
    await next();
    await expect(mine.getByRole("heading", { name: "Target Audience" })).toBeVisible();
    await next();
    await hand.type(mine.getByLabel("Subject"), "Hello {{first_name | there}}");
    await hand.type(mine.getByRole("textbox", { name: "Text" }), "Do you have ten minutes this week?");
    await next();
    const launch = mine.getByRole("button", { name: "Launch Campaign" });
    await expect(launch).toBeEnabled();
    await hand.click(launch);
    await expect(mine.getByText("Running", { exact: true })).toBeVisible();
    await home();
    // Simulated people answer; with one of them a demo is agreed.
    await expect(list).toContainText("5 of 6 done", { timeout: 90_000 });
    const interested = async () =>
      (await (await workspace.api.get("/api/v1/replies?intent=interested&limit=1")).json()).items[0];
    await expect.poll(interested, { timeout: 60_000 }).toBeDefined();
    await hand.click(list.getByRole("link", { name: "Who is interested" }));
    await hand.click(mine.getByRole("list").getByRole("link").filter({ hasText: "Interested" }).first());
    await judge(mine, "an interested reply");
    await hand.click(mine.getByRole("button", { name: "Demo agreed" }));
    await expect(mine.getByText(/is meeting booked now/)).toBeVisible();
    await expect(mine.getByRole("button", { name: "Demo agreed" })).toBeHidden();
    const booked = await (await workspace.api.get("/api/v1/leads?status=meeting_booked&limit=5")).json();
    expect(booked.items).toHaveLength(1);
    // The checklist has done its work and is gone.
    await home();
    await expect(mine.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(list).toBeHidden();
    expect(hand.activations).toBeLessThanOrEqual(20);
  });

test("sample data comes and goes with one click each", async ({ mine, workspace }) => {
  const total = async () => (await (await workspace.api.get("/api/v1/leads?limit=1&count=true")).json()).total;
  await mine.goto("/");
  await settled(mine);
  await mine.getByRole("button", { name: "Use sample leads" }).click();
  await expect.poll(total).toBe(20);
  await mine.getByRole("button", { name: "Remove sample data" }).click();
  await expect.poll(total).toBe(0);
  await mine.getByRole("button", { name: "Undo" }).click();
  await expect.poll(total).toBe(20);
});
