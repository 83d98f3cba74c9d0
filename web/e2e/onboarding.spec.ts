import { judge } from "./support/checks";
import { Hand } from "./support/hand";
import { expect, settled, test } from "./support/test";

test("from an empty workspace to a booked demo, without a key or an account", async ({ mine, workspace }) => {
  test.setTimeout(150_000);
  const hand = new Hand(mine);
  await mine.goto("/");
  await settled(mine);
  const list = mine.getByRole("region", { name: "Get started" });
  await expect(list).toContainText("0 of 6 done");
  await judge(mine, "an empty workspace");
  await hand.click(list.getByRole("button", { name: "Use sample leads" }));
  await expect(list).toContainText("1 of 6 done");
  await expect(mine.getByRole("region", { name: "Sample data" })).toContainText("20 sample leads");
  await hand.click(list.getByRole("link", { name: "Enter" }));
  await mine.getByLabel("Address", { exact: true }).fill("1 Main Street");
  await mine.getByLabel("City").fill("Austin");
  await mine.getByLabel(/^(Region|State)/).fill("TX");
  await mine.getByLabel("Postal code").fill("73301");
  await mine.getByLabel("Country").fill("US");
  await hand.click(mine.getByRole("button", { name: "Save" }));
  await expect(mine.getByText("Settings saved.")).toBeVisible();
  await mine.keyboard.press("Escape");
  await hand.click(mine.getByRole("link", { name: "Home", exact: true }));
  await hand.click(list.getByRole("button", { name: "Use the practice mailbox" }));
  await expect(list).toContainText("3 of 6 done");
  await judge(mine, "half way");
  await expect(list.getByRole("link", { name: "Create" })).toBeVisible();
  expect(hand.activations).toBeLessThanOrEqual(6);

  const box = (await (await workspace.api.get("/api/v1/mailboxes")).json()).items[0];
  const made = await workspace.api.post("/api/v1/campaigns", {
    data: {
      name: "First words",
      type: "email_sequence",
      mailbox_id: box.id,
      audience: { filter: { tags: ["sample"] } },
      schedule: {
        days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        from: "00:00",
        to: "24:00",
        timezone: "UTC",
      },
      steps: [
        {
          channel: "email",
          delay: "0s",
          variants: [{ name: "A", subject: "Hello {{first_name}}", body: "Do you have ten minutes this week?" }],
        },
      ],
    },
  });
  expect(made.status(), await made.text()).toBe(201);
  const launched = await workspace.api.post(`/api/v1/campaigns/${(await made.json()).id}/launch`, { data: {} });
  expect(launched.status(), await launched.text()).toBe(200);
  await expect(list.or(mine.getByRole("heading", { level: 1 })).first()).toBeVisible();
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
  await hand.click(mine.getByRole("link", { name: "Home", exact: true }));
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
