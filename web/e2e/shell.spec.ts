import { judge } from "./support/checks";
import { Hand, MODES } from "./support/hand";
import { expect, settled, test } from "./support/test";

test("a person is reached by name with Ctrl K", async ({ demo, demoApi }) => {
  const { items } = await (await demoApi.get("/api/v1/leads?limit=1")).json();
  const name = `${items[0].first_name} ${items[0].last_name}`;
  await demo.goto("/settings");
  await settled(demo);
  const hand = new Hand(demo);
  await hand.press("Control+k");
  const search = demo.getByRole("combobox", { name: "Search or jump to" });
  await expect(search).toBeFocused();
  await demo.keyboard.type(name);
  await expect(demo.getByRole("option", { name }).first()).toHaveAttribute("aria-selected", "true");
  await judge(demo, "palette");
  await hand.press("Enter");
  await expect(demo).toHaveURL(/\/leads\?lead=/);
  await expect(demo.getByText(name).first()).toBeVisible();
  expect(hand.activations).toBeLessThanOrEqual(2);
});

test("the palette says when nothing is found, and gives the focus back", async ({ demo }) => {
  await demo.goto("/replies");
  await settled(demo);
  const opener = demo.getByRole("button", { name: "Search or jump to" });
  await opener.click();
  await expect(demo.getByRole("combobox", { name: "Search or jump to" })).toBeFocused();
  await demo.keyboard.type("zzzzqqq");
  await expect(demo.getByText("Nothing is called “zzzzqqq”.")).toBeVisible();
  await demo.keyboard.press("Escape");
  await expect(opener).toBeFocused();
});

for (const width of [1440, 320])
  for (const mode of MODES)
    test(`task 18, by ${mode}, at ${width} px: everything stops in two activations and goes on in one`, async ({
      mine,
      workspace,
    }) => {
      await mine.setViewportSize({ width, height: 800 });
      await mine.goto("/campaigns");
      await settled(mine);
      const paused = async () => (await (await workspace.api.get("/api/v1/organization")).json()).paused_at;
      const hand = new Hand(mine, mode);
      await hand.click(mine.getByRole("button", { name: "Pause everything" }));
      const dialog = mine.getByRole("dialog", { name: "Pause everything?" });
      await expect(dialog).toContainText(/campaign/);
      await expect(dialog).toContainText(/handed over/);
      await judge(mine, "kill switch");
      await hand.click(dialog.getByRole("button", { name: "Pause everything" }));
      await expect(mine.getByText("Everything is paused: nothing leaves this workspace.")).toBeVisible();
      expect(await paused()).not.toBeNull();
      await judge(mine, "paused, with a toast");
      await hand.click(mine.getByRole("button", { name: "Resume everything" }));
      await expect(mine.getByRole("button", { name: "Pause everything" })).toBeVisible();
      expect(await paused()).toBeNull();
      expect(hand.activations).toBeLessThanOrEqual(3);
    });

test("keys go to pages, the sheet lists them, and they can be turned off", async ({ mine }) => {
  await mine.goto("/");
  await settled(mine);
  await mine.keyboard.press("g");
  await mine.keyboard.press("l");
  await expect(mine).toHaveURL(/\/leads/);
  await settled(mine);
  await mine.keyboard.press("?");
  const sheet = mine.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(sheet).toContainText("Go to Campaigns");
  await judge(mine, "shortcut sheet");
  await sheet.getByLabel("Single-key shortcuts").uncheck();
  await mine.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await mine.keyboard.press("g");
  await mine.keyboard.press("c");
  await mine.keyboard.press("?");
  await expect(sheet).toBeHidden();
  await expect(mine).toHaveURL(/\/leads/);
  await mine.keyboard.press("Control+k");
  await expect(mine.getByRole("combobox", { name: "Search or jump to" })).toBeVisible();
});

test("menus, alerts and the bar of a small screen", async ({ mine }) => {
  await mine.goto("/");
  await settled(mine);
  await mine.getByRole("button", { name: /^Alerts/ }).click();
  await expect(mine.getByRole("link", { name: /No postal address yet/ })).toBeVisible();
  await judge(mine, "alerts");
  await mine.keyboard.press("Escape");
  await mine.getByRole("button", { name: "Profile" }).click();
  await judge(mine, "profile menu");
  await mine.getByRole("menuitemradio", { name: "Dark" }).click();
  await expect(mine.locator("html")).toHaveAttribute("data-theme", "dark");
  await mine.reload();
  await expect(mine.locator("html")).toHaveAttribute("data-theme", "dark");
  await mine.keyboard.press("Escape");
  await mine.setViewportSize({ width: 320, height: 700 });
  await settled(mine);
  await mine.getByRole("button", { name: "More" }).click();
  await judge(mine, "more, at 320 px");
  await mine.getByRole("menuitem", { name: "Replies" }).click();
  await expect(mine.getByRole("heading", { level: 1, name: "Replies" })).toBeVisible();
});

test("without a connection the page says so, and catches up by itself", async ({ mine, watch }) => {
  watch.allow(/WebSocket|Failed to load resource|ERR_INTERNET_DISCONNECTED/);
  const banner = mine.getByText(/The server cannot be reached. What you see/);
  await mine.goto("/replies");
  await expect(mine.getByText("Live: this page follows the server")).toBeVisible();
  await mine.context().setOffline(true);
  await expect(banner).toBeVisible();
  await judge(mine, "offline");

  // A page that was never opened waits for the connection; nobody loses the app.
  await mine.getByRole("link", { name: "Analytics", exact: true }).click();
  await expect(banner).toBeVisible();
  await mine.context().setOffline(false);
  await expect(banner).toBeHidden({ timeout: 20_000 });
  await expect(mine.getByRole("heading", { level: 1, name: "Analytics" })).toBeVisible();
});

test("a connection lost while the page still loads takes nothing away", async ({ mine, watch }) => {
  watch.allow(/WebSocket|Failed to load resource|ERR_INTERNET_DISCONNECTED/);
  let lose = () => {};
  const lost = new Promise<void>((resolve) => {
    lose = resolve;
  });
  const menus = /\/assets\/menus-/;
  await mine.route(menus, async (route) => {
    await lost;
    await route.abort();
  });
  const asked = mine.waitForRequest(menus);
  await mine.goto("/replies");
  await asked;
  await mine.context().setOffline(true);
  lose();
  await expect(mine.getByText(/The server cannot be reached. What you see/)).toBeVisible();
  await expect(mine.getByRole("heading", { level: 1, name: "Replies" })).toBeVisible();
  await mine.unroute(menus);
  await mine.context().setOffline(false);
  await expect(mine.getByRole("button", { name: "Profile" })).toBeVisible();
});

test("the first Tab skips to the content", async ({ mine }) => {
  await mine.goto("/campaigns");
  await settled(mine);
  await mine.keyboard.press("Tab");
  await expect(mine.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await mine.keyboard.press("Enter");
  await expect(mine.getByRole("main")).toBeFocused();
});
