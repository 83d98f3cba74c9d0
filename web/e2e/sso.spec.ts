import { judge } from "./support/checks";
import { Provider } from "./support/provider";
import { expect, settled, test } from "./support/test";

test("a connection is added, tested, turned on, signed in through, and removed", async ({ mine, page, watch }) => {
  test.setTimeout(240_000); // the first time the provider's packages are installed
  watch.allow(/4(01|22)/);
  const provider = new Provider();
  try {
    await mine.goto("/settings?tab=sso");
    await settled(mine);
    await mine.getByRole("button", { name: "Add connection" }).click();
    const made = mine.getByRole("dialog", { name: "Add a connection" });
    await made.getByRole("button", { name: "Add connection" }).click();
    await expect(made.getByLabel("Name")).toHaveAttribute("aria-invalid", "true");
    await judge(mine, "a connection without a name");
    await made.getByLabel("Name").fill("Acme Okta");
    await made.getByRole("button", { name: "Add connection" }).click();
    const form = mine.getByRole("dialog", { name: "Edit Acme Okta" });
    const redirect = (await form.locator("code").first().textContent()) ?? "";
    expect(redirect).toMatch(/\/api\/v1\/auth\/oidc\/.*\/callback$/);
    await judge(mine, "edit a connection");
    await form.getByRole("button", { name: "Cancel" }).click();

    // Not ready: it says what is missing, in words.
    await mine.getByRole("button", { name: "Test Acme Okta" }).click();
    await expect(mine.getByText(/cannot be used yet: the issuer is needed/).first()).toBeVisible();
    await mine.getByRole("button", { name: "Dismiss" }).click();
    await mine.getByRole("button", { name: "Turn on Acme Okta" }).click();
    await expect(mine.getByText(/cannot be used yet: the issuer is needed/).first()).toBeVisible();

    await provider.start(redirect);
    watch.allow(new RegExp(`${provider.issuer}|fonts\\.googleapis`)); // its pages are another site's
    for (const tab of [mine, page])
      await tab.route("https://fonts.googleapis.com/**", (route) =>
        route.fulfill({ contentType: "text/css", body: "" }),
      );
    const slug = `okta-${Date.now().toString(36)}`;
    await mine.getByRole("button", { name: "Edit Acme Okta" }).click();
    await form.getByLabel("Name at sign-in").fill("No Slug");
    await form.getByLabel("Issuer").fill(provider.issuer);
    await form.getByLabel("Client ID").fill(provider.clientId);
    await form.getByLabel("Client secret").fill(provider.clientSecret);
    await form.getByRole("button", { name: "Save" }).click();
    await expect(form.getByLabel("Name at sign-in")).toHaveAttribute("aria-invalid", "true");
    await form.getByLabel("Name at sign-in").fill(slug);
    await form.getByRole("button", { name: "Save" }).click();
    await expect(form).toBeHidden();
    await mine.getByRole("button", { name: "Test Acme Okta" }).click();
    await expect(mine.getByText("Acme Okta can be used as it is set up.")).toBeVisible();
    await mine.getByRole("button", { name: "Turn on Acme Okta" }).click();
    await expect(mine.getByRole("button", { name: "Turn off Acme Okta" })).toBeVisible();
    await judge(mine, "a connection that is on");

    // The owner links the identity while signed in.
    await mine.goto("/settings?tab=security");
    await settled(mine);
    await mine.getByLabel("Name of the organization's sign-in").fill(slug);
    await mine.getByRole("button", { name: "Link", exact: true }).click();
    await mine.locator("input[name=login]").fill("olivia");
    await mine.locator("input[name=password]").fill("any");
    await mine.locator("button[type=submit]").click();
    await mine.locator("button[type=submit]").click(); // consent
    await expect(mine.getByRole("button", { name: "Unlink Acme Okta" })).toBeVisible();

    // Somebody whom nobody knows is told so, in words.
    const enter = async (who: string) => {
      await page.goto("/signin?next=%2Fleads");
      await page.getByRole("button", { name: "Use single sign-on" }).click();
      await page.getByLabel("Name of your organization's sign-in").fill(slug);
      await page.keyboard.press("Enter");
      await page.locator("input[name=login]").fill(who);
      await page.locator("input[name=password]").fill("any");
      await page.locator("button[type=submit]").click();
      await page.locator("button[type=submit]").click();
    };
    await enter("stranger");
    await expect(page.getByRole("alert")).toContainText("Nobody here is known by that identity");
    await page.context().clearCookies();
    await enter("olivia");
    await expect(page).toHaveURL(/\/leads/);
    await expect(page.getByRole("button", { name: "Profile" })).toBeVisible();

    await mine.goto("/settings?tab=sso");
    await mine.getByRole("button", { name: "Remove Acme Okta" }).click();
    await mine.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await expect(mine.getByText("No identity provider yet")).toBeVisible();
    await page.goto("/settings"); // what it opened has ended
    await expect(page).toHaveURL(/\/signin/);
  } finally {
    provider.stop();
  }
});

test("a SAML connection shows its own addresses and refuses what is no certificate", async ({ mine, watch }) => {
  watch.allow(/422/);
  await mine.goto("/settings?tab=sso");
  await settled(mine);
  await mine.getByRole("button", { name: "Add connection" }).click();
  const made = mine.getByRole("dialog", { name: "Add a connection" });
  await made.getByLabel("Name").fill("Entra");
  await made.getByRole("radio", { name: /SAML/ }).check();
  await made.getByRole("button", { name: "Add connection" }).click();
  const form = mine.getByRole("dialog", { name: "Edit Entra" });
  await expect(form.getByText(/\/api\/v1\/auth\/saml\/.*\/acs$/)).toBeVisible();
  await form.getByLabel("Certificates").fill("not a certificate");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByLabel("Certificates")).toHaveAttribute("aria-invalid", "true");
  await judge(mine, "a SAML connection");
});
