import { judge } from "./support/checks";
import { expect, settled, test } from "./support/test";

interface Lead {
  id: string;
  first_name: string;
  status: string;
}

const people = ["Ada", "Bea", "Cleo"];

test.beforeEach(async ({ workspace }) => {
  for (const first_name of people)
    await workspace.api.post("/api/v1/leads", {
      data: { first_name, email: `${first_name.toLowerCase()}@people.example` },
    });
});

test("a status is edited in the list and taken back", async ({ mine, workspace }) => {
  await mine.goto("/leads?sort=name");
  await settled(mine);
  const status = async (name: string) => {
    const { items }: { items: Lead[] } = await (await workspace.api.get("/api/v1/leads")).json();
    return items.find(({ first_name }) => first_name === name)?.status;
  };
  await mine.getByLabel("Status of Ada").selectOption("Qualified");
  await expect(mine.getByText("Ada is qualified now.")).toBeVisible();
  await expect.poll(() => status("Ada")).toBe("qualified");
  await mine.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => status("Ada")).toBe("new");
  await expect(mine.getByLabel("Status of Ada")).toHaveValue("new");
});

test("the focus stays where it was when a lead is picked or the list is renewed", async ({ mine, workspace }) => {
  await mine.goto("/leads?sort=name");
  await settled(mine);
  const pick = mine.getByRole("checkbox", { name: "Pick Ada" });
  await pick.focus();
  await mine.keyboard.press("Space");
  await expect(mine.getByText("1 lead picked")).toBeVisible();
  await expect(pick).toBeFocused();
  await workspace.api.post("/api/v1/leads", { data: { first_name: "Dan", email: "dan@people.example" } });
  await expect(mine.getByRole("link", { name: "Dan" })).toBeVisible();
  await expect(pick).toBeFocused();
});

test("keys open, pick and edit leads", async ({ mine }) => {
  await mine.goto("/leads?sort=name");
  await settled(mine);
  await mine.getByRole("heading", { level: 1 }).click();
  await mine.keyboard.press("j");
  await expect(mine.getByRole("region", { name: "Lead details" }).getByRole("heading", { name: "Ada" })).toBeVisible();
  await mine.keyboard.press("j");
  await expect(mine.getByRole("region", { name: "Lead details" }).getByRole("heading", { name: "Bea" })).toBeVisible();
  await mine.keyboard.press("x");
  await expect(mine.getByText("1 lead picked")).toBeVisible();
  await mine.keyboard.press("k");
  await expect(mine.getByRole("region", { name: "Lead details" }).getByRole("heading", { name: "Ada" })).toBeVisible();
  await mine.keyboard.press("e");
  await expect(mine.getByLabel("Status of Ada")).toBeFocused();
});

test("picked leads are changed together, said what became of them, and taken back", async ({ mine, workspace }) => {
  await mine.goto("/leads?sort=name");
  await settled(mine);
  await mine.getByRole("checkbox", { name: "Pick Ada" }).check();
  await mine.getByRole("checkbox", { name: "Pick Bea" }).check();
  const bar = mine.getByRole("region", { name: "Picked leads" });
  await expect(bar.getByText("2 leads picked")).toBeVisible();
  await judge(mine, "with picked leads");
  await bar.getByRole("button", { name: "Set status" }).click();
  await judge(mine, "the statuses to set");
  await mine.getByRole("menuitem", { name: "Cold" }).click();
  await expect(mine.getByText("2 leads changed.")).toBeVisible();
  const cold = async () => {
    const { items }: { items: Lead[] } = await (await workspace.api.get("/api/v1/leads?status=cold")).json();
    return items.length;
  };
  expect(await cold()).toBe(2);
  await mine.getByRole("button", { name: "Undo" }).click();
  await expect.poll(cold).toBe(0);
  await mine.getByRole("checkbox", { name: "Pick Cleo" }).check();
  await bar.getByRole("button", { name: "Pick all 3 that match" }).click();
  await bar.getByRole("button", { name: "Delete" }).click();
  await mine.getByRole("button", { name: "Delete 3 leads" }).click();
  await expect(mine.getByText("3 leads deleted.")).toBeVisible();
  await expect(mine.getByText("No leads yet")).toBeVisible();
});
