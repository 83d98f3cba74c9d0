import type { Page } from "@playwright/test";
import { judge } from "./support/checks";
import { Hand } from "./support/hand";
import { test as base, expect, settled } from "./support/test";

// Browsers take a host name for a passkey and no number, so these pages are opened
// as localhost; the program counts 127.0.0.1 as that.
const test = base.extend({
  url: async ({ url }, use) => use(url.replace("127.0.0.1", "localhost")),
});

/** A phone or computer that holds passkeys and whose holder is there and willing. */
async function authenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

test("a passkey is added, opens the account, stands for a code and is removed", async ({ mine, watch, workspace }) => {
  test.setTimeout(120_000); // three sign-ins
  watch.allow(/401/); // the password alone
  await authenticator(mine);
  await mine.goto("/settings?tab=security");
  await settled(mine);
  await mine.getByRole("button", { name: "Add a passkey" }).click();
  const form = mine.getByRole("dialog", { name: "Add a passkey" });
  await form.getByRole("button", { name: "Add" }).click();
  await expect(form.getByLabel("Name")).toHaveAttribute("aria-invalid", "true");
  await judge(mine, "a passkey without a name");
  await form.getByLabel("Name").fill("Work laptop");
  await form.getByRole("button", { name: "Add" }).click();
  const codes = mine.getByRole("dialog", { name: "Your recovery codes" });
  await expect(codes).toBeVisible();
  await judge(mine, "recovery codes of a passkey");
  await codes.getByRole("button", { name: "I have kept them" }).click();
  const line = mine.getByRole("listitem").filter({ hasText: "Work laptop" });
  await expect(line).toContainText("not used yet");
  await expect(mine.getByText("10 codes left")).toBeVisible();
  await judge(mine, "one passkey");

  // The passkey lives in this page's browser: sign out and in again with it alone.
  const signOut = async () => {
    await mine.getByRole("button", { name: "Profile" }).click();
    await mine.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(mine).toHaveURL(/\/signin/);
  };
  await signOut();
  await judge(mine, "sign-in");
  await mine.getByRole("button", { name: "Use a passkey", exact: true }).click();
  await expect(mine.getByRole("button", { name: "Profile" })).toBeVisible();

  // The password alone is not enough any more; the passkey is the second factor.
  await signOut();
  await mine.getByLabel("E-mail").fill(workspace.email);
  await mine.getByLabel("Password").fill(workspace.password);
  await mine.getByRole("button", { name: "Sign in", exact: true }).click();
  await mine.getByRole("button", { name: "Use a passkey instead" }).click();
  await expect(mine.getByRole("button", { name: "Profile" })).toBeVisible();

  await mine.goto("/settings?tab=security");
  await expect(line).toContainText("last used");
  await mine.getByRole("button", { name: "Rename Work laptop" }).click();
  await mine.getByRole("dialog").getByLabel("Name").fill("Old laptop");
  await mine.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await mine.getByRole("button", { name: "Remove Old laptop" }).click();
  await mine.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(mine.getByText("No passkey yet")).toBeVisible();
});

test("a passkey by keyboard alone", async ({ mine }) => {
  await authenticator(mine);
  const hand = new Hand(mine);
  await mine.goto("/settings?tab=security");
  await settled(mine);
  await hand.reach(mine.getByRole("button", { name: "Add a passkey" }));
  await hand.press("Enter");
  await expect(mine.getByRole("dialog").getByLabel("Name")).toBeFocused();
  await mine.keyboard.type("Key ring");
  await hand.press("Enter");
  const kept = mine.getByRole("button", { name: "I have kept them" });
  await hand.reach(kept);
  await hand.press("Enter");
  await expect(mine.getByRole("listitem").filter({ hasText: "Key ring" })).toBeVisible();
  const out = mine.getByRole("button", { name: "Profile" });
  await hand.reach(out);
  await hand.press("Enter");
  await mine.getByRole("menuitem", { name: "Sign out" }).press("Enter");
  await expect(mine).toHaveURL(/\/signin/);
  await hand.reach(mine.getByRole("button", { name: "Use a passkey", exact: true }));
  await hand.press("Enter");
  await expect(mine.getByRole("button", { name: "Profile" })).toBeVisible();
});

base("opened by number the page says where passkeys are", async ({ mine }) => {
  await authenticator(mine);
  await mine.goto("/settings?tab=security");
  await settled(mine);
  await mine.getByRole("button", { name: "Add a passkey" }).click();
  await mine.getByRole("dialog").getByLabel("Name").fill("Work laptop");
  await mine.getByRole("dialog").getByRole("button", { name: "Add" }).click();
  await expect(mine.getByRole("alert")).toContainText(/Passkeys belong to http:\/\/localhost:\d+/);
});

test("what an identity provider's sign-in ended with is said in words", async ({ page }) => {
  await page.goto("/signin?error=sso_not_linked");
  await expect(page.getByRole("alert")).toContainText("Nobody here is known by that identity");
  await judge(page, "refused by a provider");
  await page.getByRole("button", { name: "Use single sign-on" }).click();
  await page.getByLabel("Name of your organization's sign-in").fill("no-such-name");
  await judge(page, "name of the organization's sign-in");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/error=sso_unknown/);
  await expect(page.getByRole("alert")).toContainText("There is no sign-in of this name");
});
