import type { Route } from "@playwright/test";
import { judge } from "./support/checks";
import { wear } from "./support/corners";
import { Hand } from "./support/hand";
import { expect, settled, test } from "./support/test";

test("an alert becomes an incident, which shuts a key out, lets it in again and is closed", async ({
  mine,
  request,
  url,
  workspace,
}) => {
  test.setTimeout(120_000);
  const { key_id, secret } = await (
    await workspace.api.post("/api/v1/api-keys", { data: { name: "Report robot", role: "analyst" } })
  ).json();
  const asRobot = async (path: string) => {
    const headers = { Authorization: `ApiKey ${key_id}:${secret}`, Cookie: "" };
    return (await request.get(`${url}${path}`, { headers })).status();
  };
  // At night the sign-in itself is an alert: what a quiet day shows is put in its place.
  const nothing = (route: Route) => route.fulfill({ json: { items: [], next_cursor: null } });
  await mine.route("**/api/v1/alerts?*", nothing);
  await mine.goto("/settings?tab=watch");
  await settled(mine);
  await expect(mine.getByText("Nothing deserves a look")).toBeVisible();
  await expect(mine.getByText("No incident yet")).toBeVisible();
  await judge(mine, "no alert and no incident");
  await mine.unroute("**/api/v1/alerts?*", nothing);

  // What its role may not do: the page shows it without being asked.
  await expect(mine.getByRole("contentinfo")).toContainText("Live");
  expect(await asRobot("/api/v1/alerts")).toBe(403);
  const alert = mine.getByRole("listitem").filter({ hasText: "Access that is not allowed" });
  await expect(alert).toBeVisible();
  await expect(alert).toContainText("1 in 1 min");
  await alert.getByRole("button", { name: "Acknowledge" }).click();
  await expect(alert.getByText("Acknowledged", { exact: true })).toBeVisible();
  await judge(mine, "an alert");
  await mine.getByLabel("Alerts shown").selectOption({ label: "Closed" });
  await expect(mine).toHaveURL(/state=closed/);
  await expect(mine.getByText("No alert is closed")).toBeVisible();
  await mine.getByRole("button", { name: "Show all" }).click();

  await alert.getByRole("button", { name: /Open an incident/ }).click();
  const form = mine.getByRole("dialog", { name: "Open an incident" });
  await expect(form.getByLabel("Title")).toHaveValue("Access that is not allowed");
  await form.getByLabel("Title").fill("");
  await form.getByRole("button", { name: "Open the incident" }).click();
  await expect(form.getByLabel("Title")).toHaveAttribute("aria-invalid", "true");
  await judge(mine, "an incident without a title");
  await form.getByLabel("Title").fill("The robot looks around");
  await form.getByLabel("What is known").fill("It asked for the alerts.");
  await form.getByRole("button", { name: "Open the incident" }).click();
  await expect(mine).toHaveURL(/incident=/);
  const step = mine.getByRole("list", { name: "States of the incident" }).locator("[aria-current=step]");
  await expect(step).toHaveText("Detection");
  await expect(mine.getByText("Alert: Access that is not allowed")).toBeVisible();

  expect(await asRobot("/api/v1/campaigns")).toBe(200);
  await mine.getByLabel("Whom to shut out").selectOption({ label: "Report robot" });
  await mine.getByRole("button", { name: "Shut out now" }).click();
  await mine.getByRole("dialog").getByRole("button", { name: "Shut out" }).click();
  await expect(mine.getByRole("button", { name: "Let in again API key Report robot" })).toBeVisible();
  await expect.poll(() => asRobot("/api/v1/campaigns")).toBe(401);
  for (const [width, theme] of [
    [320, "dark"],
    [768, "light"],
    [1440, "light"],
  ] as const) {
    await mine.setViewportSize({ width, height: 900 });
    await wear(mine, theme);
    await settled(mine);
    await judge(mine, `an incident at ${width} px`);
  }
  await mine.getByRole("button", { name: "Let in again API key Report robot" }).click();
  await expect.poll(() => asRobot("/api/v1/campaigns")).toBe(200);

  await mine.getByLabel("Note", { exact: true }).fill("Its owner was asked.");
  await mine.getByRole("button", { name: "Add the note" }).click();
  await expect(mine.getByText("Its owner was asked.")).toBeVisible();
  for (const state of ["analysis", "containment", "eradication", "recovery", "post incident"]) {
    await mine.getByRole("button", { name: `Go on to ${state}` }).click();
    await expect(step).toHaveText(new RegExp(state, "i"));
  }
  await mine.getByRole("button", { name: "Close the incident" }).click();
  await expect(step).toHaveText("Closed");
  const download = mine.waitForEvent("download");
  await mine.getByRole("button", { name: "Export evidence" }).click();
  expect((await download).suggestedFilename()).toMatch(/^incident-.*\.json$/);

  const address = mine.url(); // it opens the same page again
  await mine.getByRole("button", { name: "All alerts and incidents" }).click();
  await expect(mine.getByRole("button", { name: /The robot looks around/ })).toContainText("Closed");
  await mine.goto(address);
  await expect(mine.getByRole("heading", { name: "The robot looks around" })).toBeVisible();
});

test("an incident is opened by keyboard", async ({ mine }) => {
  const hand = new Hand(mine);
  await mine.goto("/settings?tab=watch");
  await settled(mine);
  await hand.reach(mine.getByRole("button", { name: "Open an incident", exact: true }));
  await hand.press("Enter");
  await expect(mine.getByLabel("Title")).toBeFocused();
  await mine.keyboard.type("A laptop was lost");
  await hand.press("Enter");
  await expect(mine.getByRole("heading", { name: "A laptop was lost" })).toBeVisible();
  await hand.reach(mine.getByRole("button", { name: "Go on to analysis" }));
  await hand.press("Enter");
  await expect(mine.locator("[aria-current=step]")).toHaveText("Analysis");
});

test("on a phone the open tab is in sight", async ({ mine }) => {
  await mine.setViewportSize({ width: 320, height: 900 });
  await mine.goto("/settings?tab=watch");
  await settled(mine);
  await expect(mine.getByRole("tab", { name: "Alerts" })).toBeInViewport({ ratio: 1 });
  await mine.getByRole("tab", { name: "Audit log" }).click();
  await expect(mine.getByRole("tab", { name: "Audit log" })).toBeInViewport({ ratio: 1 });
});
