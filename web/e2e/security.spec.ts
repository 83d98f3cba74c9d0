import { judge } from "./support/checks";
import { wear } from "./support/corners";
import { expect, settled, test } from "./support/test";
import { codeOf } from "./support/totp";

test("a second factor is set up, and from then on asked for", async ({ mine, page, watch, workspace }) => {
  await mine.goto("/settings?tab=security");
  await settled(mine);
  await mine.getByRole("button", { name: "Set up" }).click();
  const dialog = mine.getByRole("dialog", { name: "Set up an authenticator app" });
  await expect(dialog.getByRole("img", { name: "QR code for the authenticator app" })).toBeVisible();
  await judge(mine, "enrolment");
  const secret = (await dialog.locator("code").textContent()) ?? "";
  watch.allow(/4(01|22)/); // a wrong code, and the sign-in that wants one
  await dialog.getByLabel("Six digits from the app").fill("000000");
  await dialog.getByRole("button", { name: "Turn on" }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await dialog.getByLabel("Six digits from the app").fill(codeOf(secret));
  await dialog.getByRole("button", { name: "Turn on" }).click();
  const codes = mine.getByRole("dialog", { name: "Your recovery codes" });
  await expect(codes).toBeVisible();
  await judge(mine, "recovery codes");
  const recovery = (await codes.getByRole("listitem").first().textContent()) ?? "";
  await codes.getByRole("button", { name: "I have kept them" }).click();
  await expect(mine.getByText("Authenticator app On")).toBeVisible();

  await page.goto("/signin");
  await page.getByLabel("E-mail").fill(workspace.email);
  await page.getByLabel("Password").fill(workspace.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByLabel("Code from your authenticator").fill(recovery);
  await judge(page, "second factor at sign-in");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("button", { name: "Profile" })).toBeVisible();

  await mine.reload();
  await expect(mine.getByText("9 codes left")).toBeVisible();
  await mine.getByRole("button", { name: "End all others" }).click();
  await expect(mine.getByText("Every other session has ended.")).toBeVisible();
  await page.goto("/settings");
  await expect(page).toHaveURL(/\/signin/);
});

test("a password is changed, and a common one refused beside its field", async ({
  mine,
  watch,
  workspace,
  request,
  url,
}) => {
  watch.allow(/4(01|22)/);
  await mine.goto("/settings?tab=security");
  await settled(mine);
  await mine.getByLabel("Current password").fill(workspace.password);
  await mine.getByLabel("New password").fill("password123");
  await mine.getByRole("button", { name: "Change password" }).click();
  await expect(mine.getByLabel("New password")).toHaveAttribute("aria-invalid", "true");
  await mine.getByLabel("New password").fill("a fresh and longer sentence");
  await mine.getByRole("button", { name: "Change password" }).click();
  await expect(mine.getByText(/Password changed/)).toBeVisible();
  const enter = (password: string) =>
    request.post(`${url}/api/v1/auth/login`, { data: { email: workspace.email, password } });
  expect((await enter(workspace.password)).status()).toBe(401);
  expect((await enter("a fresh and longer sentence")).status()).toBe(200);
});

test("a forgotten password: the same answer for everybody", async ({ page }) => {
  await page.goto("/signin");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("E-mail").fill("nobody@nowhere.example");
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByText(/If there is an account with that address/)).toBeVisible();
});

test("an organization asks everybody for a second factor", async ({ mine, browser, url, watch, workspace }) => {
  test.setTimeout(120_000); // two people, three widths
  watch.allow(/4(03|09)/); // refused until it is set up
  await mine.goto("/settings?tab=organization");
  await settled(mine);
  const ask = async () => {
    await mine.getByRole("button", { name: "Require a second factor" }).click();
    await mine.getByRole("dialog").getByRole("button", { name: "Require it" }).click();
  };
  await ask(); // whoever has none cannot ask others
  await mine.getByRole("link", { name: "Set up your second factor" }).click();
  const { secret } = await (await workspace.api.post("/api/v1/auth/mfa/totp")).json();
  const mineToo = { data: { totp_code: codeOf(secret) } };
  expect((await workspace.api.post("/api/v1/auth/mfa/totp/confirm", mineToo)).status()).toBe(200);

  // Somebody who has none is at work while it is turned on.
  const invited = { data: { email: `manager-${Date.now()}@example.com`, role: "manager" } };
  const { invitation } = await (await workspace.api.post("/api/v1/members", invited)).json();
  const context = await browser.newContext({ baseURL: url });
  const page = await context.newPage();
  await page.goto(`/invitation#${invitation.token}`);
  await page.getByLabel("Your name").fill("Max Manager");
  await page.getByLabel("Password").fill("another long sentence");
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page.getByRole("button", { name: "Profile" })).toBeVisible();
  await mine.goto("/settings?tab=organization");
  await ask();
  await expect(mine.getByText("Every member needs a second factor now.").first()).toBeVisible();
  await judge(mine, "a second factor is required");

  // That person is led to the setting up by itself, in the page that is open.
  await watch.follow(page);
  await expect(page.getByRole("heading", { name: "Set up a second factor", level: 1 })).toBeVisible();
  await settled(page);
  for (const [width, theme] of [
    [320, "dark"],
    [768, "light"],
    [1440, "light"],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await wear(page, theme);
    await settled(page);
    await judge(page, `set up a second factor at ${width} px`);
  }
  await page.goto("/campaigns"); // there is no way round it
  await expect(page).toHaveURL(/\/second-factor\?next=%2Fcampaigns/);
  await expect(page.getByRole("button", { name: "Go on" })).toBeDisabled();
  await page.getByRole("button", { name: "Set up", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Set up an authenticator app" });
  await dialog.getByLabel("Six digits from the app").fill(codeOf((await dialog.locator("code").textContent()) ?? ""));
  await dialog.getByRole("button", { name: "Turn on" }).click();
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page).toHaveURL(/\/campaigns/);
  await expect(page.getByRole("button", { name: "Profile" })).toBeVisible();
  await context.close();
});

test("signing out is quick and leaves nothing of the person behind", async ({ mine, workspace }) => {
  await mine.goto("/");
  await settled(mine);
  await mine.evaluate(() => {
    localStorage.setItem("theme", "dark");
    localStorage.setItem("somebody", "anna@example.com");
    sessionStorage.setItem("draft", "Dear Anna");
  });
  await mine.getByRole("button", { name: "Profile" }).click();
  const answer = mine.waitForResponse(/auth\/logout/);
  const start = Date.now();
  await mine.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(mine).toHaveURL(/\/signin/);
  const took = Date.now() - start;
  expect(await (await answer).headerValue("clear-site-data")).toBe('"storage"');
  expect(took, `signing out took ${took} ms`).toBeLessThan(2000);
  const left = () => mine.evaluate(() => [{ ...localStorage }, { ...sessionStorage }]);
  await expect.poll(left).toEqual([{ theme: "dark" }, {}]);
  // The next page comes as ever, and so does the next sign-in.
  await mine.goto("/signin");
  await mine.getByLabel("E-mail").fill(workspace.email);
  await mine.getByLabel("Password").fill(workspace.password);
  await mine.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(mine.getByRole("button", { name: "Profile" })).toBeVisible();
  test.info().annotations.push({ type: "measured", description: `sign-out ${took} ms` });
});
