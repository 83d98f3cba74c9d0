import type { Page } from "@playwright/test";
import { judge } from "./support/checks";
import { expect, settled, test } from "./support/test";

// What happens on the pages of leads when the server fails, the line is cut, or
// somebody clicks twice: it is said, it can be tried again, and nothing typed is lost.

const BROKEN = { status: 500, contentType: "application/problem+json", body: '{"title":"Internal Server Error"}' };

/** Lets the next requests of an address fail until the returned function is called. */
async function breaks(page: Page, address: string | RegExp, method: string, how: "500" | "cut" = "500") {
  await page.route(address, (route) => {
    if (route.request().method() !== method) return route.fallback();
    return how === "500" ? route.fulfill(BROKEN) : route.abort("internetdisconnected");
  });
  return () => page.unroute(address);
}

test.beforeEach(async ({ workspace, watch }) => {
  watch.allow(/500|ERR_INTERNET_DISCONNECTED|422|409/);
  await workspace.api.post("/api/v1/leads", { data: { first_name: "Ada", email: "ada@people.example" } });
});

for (const how of ["500", "cut"] as const)
  test(`the list says that it could not be read and can be asked again (${how})`, async ({ mine }) => {
    const mend = await breaks(mine, /\/api\/v1\/leads\?/, "GET", how);
    await mine.goto("/leads");
    const alert = mine.getByRole("main").getByRole("alert");
    await expect(alert.getByRole("button", { name: "Try again" })).toBeVisible({ timeout: 20_000 });
    if (how === "cut") await expect(alert).toContainText("cannot be reached");
    await judge(mine, "a list that could not be read");
    await mend();
    await alert.getByRole("button", { name: "Try again" }).click();
    await expect(mine.getByRole("link", { name: "Ada" })).toBeVisible();
  });

for (const how of ["500", "cut"] as const)
  test(`a status that could not be kept goes back and says why (${how})`, async ({ mine, workspace }) => {
    await mine.goto("/leads");
    await settled(mine);
    const mend = await breaks(mine, /\/api\/v1\/leads\/[^/?]+$/, "PATCH", how);
    const select = mine.getByLabel("Status of Ada");
    await select.selectOption("Cold");
    await expect(mine.getByText(/Ada stays new/).first()).toBeVisible();
    await expect(select).toHaveValue("new");
    await mend();
    await select.selectOption("Cold");
    await expect(mine.getByText("Ada is cold now.")).toBeVisible();
    const { items } = await (await workspace.api.get("/api/v1/leads")).json();
    expect(items[0].status).toBe("cold");
  });

test("a lead that could not be added stays typed, and two clicks add one", async ({ mine, workspace }) => {
  await mine.goto("/leads");
  await settled(mine);
  await mine.getByRole("button", { name: "Add lead" }).click();
  const dialog = mine.getByRole("dialog", { name: "Add lead" });
  const add = dialog.getByRole("button", { name: "Add lead" });
  await add.click();
  await expect(dialog.getByLabel("E-mail")).toBeFocused();
  await expect(dialog.getByLabel("E-mail")).toHaveAccessibleDescription(/without one nobody can be contacted/);
  await dialog.getByLabel("First name").fill("Bea");
  await dialog.getByLabel("Phone").fill("+1 415 555 0101");
  const mend = await breaks(mine, "**/api/v1/leads", "POST");
  await add.click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await expect(dialog.getByLabel("First name")).toHaveValue("Bea");
  await mend();
  await add.dblclick();
  await expect(dialog).toBeHidden();
  await expect(mine.getByRole("region", { name: "Lead details" }).getByRole("heading", { name: "Bea" })).toBeVisible();
  const list = await (await workspace.api.get("/api/v1/leads?count=true")).json();
  expect(list.total).toBe(2);
});

test("a view that could not be saved stays typed; its faults stand at its name", async ({ mine, workspace }) => {
  await mine.goto("/leads?min_score=25");
  await settled(mine);
  await mine.getByRole("button", { name: "Save view" }).click();
  const dialog = mine.getByRole("dialog", { name: "Save view" });
  const name = dialog.getByLabel("Name");
  const save = dialog.getByRole("button", { name: "Save", exact: true });
  await save.click();
  await expect(name).toHaveAccessibleDescription("Give the view a name.");
  await name.fill("Warm");
  const mend = await breaks(mine, "**/api/v1/views", "POST");
  await save.click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await expect(name).toHaveValue("Warm");
  await judge(mine, "a view that could not be saved");
  await mend();
  await save.dblclick();
  await expect(mine.getByRole("button", { name: "View: Warm" })).toBeVisible();
  // The same name again.
  await mine.getByRole("button", { name: "Save view" }).click();
  await name.fill("Warm");
  await save.click();
  await expect(name).toHaveAccessibleDescription(/you have a view of this name/i);
  const { items } = await (await workspace.api.get("/api/v1/views")).json();
  expect(items).toHaveLength(1);
});

test("a view is changed, renamed, made the default, deleted and brought back", async ({ mine, workspace }) => {
  const made = await workspace.api.post("/api/v1/views", { data: { name: "Warm", search: { min_score: 25 } } });
  const { id } = await made.json();
  await mine.goto(`/leads?view=${id}`);
  await settled(mine);
  await expect(mine.getByText("No lead matches this filter")).toBeVisible();
  await mine.getByRole("button", { name: "Clear", exact: true }).click();
  await expect(mine.getByText("changed", { exact: true })).toBeVisible();
  await expect(mine.getByRole("link", { name: "Ada" })).toBeVisible();
  await mine.getByRole("button", { name: "Columns" }).click();
  await mine.getByRole("menuitemcheckbox", { name: "E-mail" }).click();
  await judge(mine, "the menu of columns");
  await mine.keyboard.press("Escape");
  await expect(mine.getByRole("columnheader", { name: "E-mail" })).toBeVisible();
  await mine.getByRole("button", { name: "Update view" }).click();
  await expect(mine).toHaveURL(new RegExp(`\\?view=${id}$`));
  await expect(mine.getByRole("columnheader", { name: "E-mail" })).toBeVisible();
  await mine.getByRole("button", { name: "Edit view" }).click();
  const dialog = mine.getByRole("dialog", { name: "Edit view" });
  await dialog.getByLabel("Name").fill("Everybody with mail");
  await dialog.getByLabel("Open the list with this view").check();
  await dialog.getByLabel("Share with the team").check();
  await judge(mine, "a view edited");
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await expect(dialog).toBeHidden();
  await mine.goto("/leads");
  await expect(mine.getByRole("button", { name: "View: Everybody with mail" })).toBeVisible();
  await mine.getByRole("button", { name: "View: Everybody with mail" }).click();
  await judge(mine, "the menu of views");
  await mine.getByRole("menuitemradio", { name: "All leads" }).click();
  await expect(mine).toHaveURL(/view=all$/);
  await expect(mine.getByRole("columnheader", { name: "E-mail" })).toBeHidden();
  await mine.goto(`/leads?view=${id}`);
  await mine.getByRole("button", { name: "Edit view" }).click();
  await dialog.getByRole("button", { name: "Delete view" }).click();
  await expect(mine.getByText("View “Everybody with mail” deleted.")).toBeVisible();
  await mine.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(mine.getByRole("button", { name: "View: Everybody with mail" })).toBeVisible();
  const { items } = await (await workspace.api.get("/api/v1/views")).json();
  expect(items).toMatchObject([
    { name: "Everybody with mail", shared: true, default: true, search: { sort: "-score" } },
  ]);
  await mine.goto("/leads?view=00000000-0000-7000-8000-000000000000");
  await expect(mine.getByText(/This view is not here any more/)).toBeVisible();
});

test("an import that could not begin keeps what was mended, and two clicks begin one", async ({ mine, workspace }) => {
  await mine.goto("/leads/import");
  await settled(mine);
  const choose = mine.locator("input[type=file]");
  const give = (text: string) =>
    choose.setInputFiles({ name: "x.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  for (const [text, why] of [
    ["", /empty/],
    ["email,name\n", /no rows/],
  ] as const) {
    await give(text);
    await mine.getByRole("button", { name: "Read the file" }).click();
    await expect(choose).toHaveAccessibleDescription(why);
  }
  await judge(mine, "a file that cannot be read");
  await give("email,first_name\nbea@people.example,Bea\nnot an address,Cleo\n");
  await mine.getByRole("button", { name: "Read the file" }).click();
  await mine.getByRole("button", { name: "Continue" }).click();
  await mine.getByLabel("email, row 3").fill("cleo(at)people.example");
  await mine.getByRole("button", { name: "Check again" }).click();
  // Still wrong, and still as it was written.
  await expect(mine).toHaveURL(/view=check/);
  await expect(mine.getByLabel("email, row 3")).toHaveValue("cleo(at)people.example");
  await mine.getByLabel("email, row 3").fill("cleo@people.example");
  const mend = await breaks(mine, "**/api/v1/leads/import", "POST");
  const start = mine.getByRole("button", { name: "Import 1 lead and 1 mended row" });
  await start.click();
  await expect(mine.getByRole("alert").first()).toBeVisible();
  await expect(mine.getByLabel("email, row 3")).toHaveValue("cleo@people.example");
  await mend();
  await start.dblclick();
  await expect(mine.getByRole("button", { name: "Undo this import" })).toBeVisible({ timeout: 20_000 });
  const { items } = await (await workspace.api.get("/api/v1/imports")).json();
  expect(items.filter(({ dry_run }: { dry_run: boolean }) => !dry_run)).toHaveLength(1);
  expect(items[0]).toMatchObject({ rows_created: 2, rows_failed: 0 });
});
