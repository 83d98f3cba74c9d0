import { createHmac } from "node:crypto";
import { judge } from "./support/checks";
import { expect, settled, test } from "./support/test";

/** What an authenticator app shows now (RFC 6238, six digits, 30 s, SHA-1). */
function codeOf(secret: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", key).update(step).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

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
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Code from your authenticator").fill(recovery);
  await judge(page, "second factor at sign-in");
  await page.getByRole("button", { name: "Sign in" }).click();
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
