import { judge } from "./support/checks";
import { Hand, MODES } from "./support/hand";
import { expect, settled, test } from "./support/test";

test("numbers of a time, as a chart and as a table, in the address", async ({ demo }) => {
  await demo.goto("/analytics");
  await settled(demo);
  await expect(demo.getByRole("heading", { level: 1, name: "Analytics" })).toBeVisible();
  for (const name of ["Revenue", "Conversion", "Calls", "Campaign performance", "AI insights", "Funnel"])
    await expect(demo.getByRole("region", { name, exact: true })).toBeVisible();
  await judge(demo, "the numbers");
  await demo.getByLabel("Metric").selectOption("Replies");
  await expect(demo).toHaveURL(/metric=replies/);
  await demo.getByRole("button", { name: "View as table" }).click();
  await expect(demo.getByRole("table", { name: "Replies by day" }).getByRole("row")).toHaveCount(31);
  await demo.getByLabel("Date range").selectOption("Last 7 days");
  await expect(demo).toHaveURL(/range=7/);
  await demo.reload();
  await settled(demo);
  await expect(demo.getByLabel("Date range")).toHaveValue("7");
  await expect(demo.getByRole("img", { name: /^Replies a day/ })).toBeVisible();
});

test("the file holds what is shown", async ({ demo }) => {
  await demo.goto("/analytics?range=7");
  await settled(demo);
  const row = demo.getByRole("table", { name: "Campaigns of this time" }).getByRole("row").nth(1);
  await expect(row).toBeVisible();
  const name = await row.getByRole("link").textContent();
  const [file] = await Promise.all([
    demo.waitForEvent("download"),
    demo.getByRole("button", { name: "Export" }).click(),
  ]);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(Buffer.from(chunk));
  const lines = Buffer.concat(chunks).toString("utf8").split("\r\n");
  expect(lines[0]).toBe("Day,Mails sent,Replies,Interested replies,Opt-outs,Hard bounces");
  expect(lines.slice(1, 8).every((line) => /^\d{4}-\d{2}-\d{2}(,\d+){5}$/.test(line))).toBe(true);
  expect(lines.some((line) => line.startsWith(`${name},`))).toBe(true);
});

test("a report is shared by a link, and the link is ended", async ({ demo, browser }) => {
  await demo.goto("/analytics?range=7");
  await settled(demo);
  await demo.getByRole("button", { name: "Share" }).click();
  const dialog = demo.getByRole("dialog", { name: "Share this report" });
  await dialog.getByLabel("Title").fill("For the board");
  await dialog.getByRole("button", { name: "Create link" }).click();
  const address = await dialog.locator("code").textContent();
  await judge(demo, "the dialog with a link");
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(address ?? "");
  await expect(stranger.getByRole("heading", { level: 1, name: "For the board" })).toBeVisible();
  await expect(stranger.getByRole("region", { name: "Mails sent", exact: true })).toBeVisible();
  await dialog.getByRole("button", { name: "End For the board" }).click();
  await expect(dialog.getByText("None.")).toBeVisible();
  await stranger.reload();
  await expect(stranger.getByText("This link shows nothing")).toBeVisible();
  await stranger.context().close();
});

for (const width of [1440, 320])
  for (const mode of MODES)
    test(`task 21, by ${mode}, at ${width} px: the best campaign by revenue of the last 30 days`, async ({
      demo,
      demoApi,
    }) => {
      await demo.setViewportSize({ width, height: 800 });
      await demo.goto("/");
      await settled(demo);
      const hand = new Hand(demo, mode);
      if (width === 320) {
        await hand.click(demo.getByRole("button", { name: "More" }));
        await hand.click(demo.getByRole("menuitem", { name: "Analytics" }));
      } else await hand.click(demo.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Analytics" }));
      await settled(demo);
      await expect(demo.getByLabel("Date range")).toHaveValue("30");
      const table = demo.getByRole("table", { name: "Campaigns of this time" });
      await expect(table.getByRole("columnheader", { name: /Revenue/ })).toHaveAttribute("aria-sort", "descending");
      const { items } = await (await demoApi.get("/api/v1/campaigns?limit=1")).json();
      await expect(table.getByRole("row").nth(1)).toContainText(items[0].name);
      expect(hand.activations).toBeLessThanOrEqual(2);
    });
