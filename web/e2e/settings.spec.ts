import { judge } from "./support/checks";
import { Hand, MODES } from "./support/hand";
import { expect, settled, test } from "./support/test";

for (const mode of MODES)
  test(`task 24, by ${mode}: a content creator is invited, joins, and sees nothing that is forbidden`, async ({
    mine,
    browser,
    url,
    watch,
    workspace,
  }) => {
    const hand = new Hand(mine, mode);
    await mine.goto("/settings?tab=team");
    await settled(mine);
    await hand.click(mine.getByRole("button", { name: "Invite" }));
    const dialog = mine.getByRole("dialog", { name: "Invite somebody" });
    await hand.type(dialog.getByLabel("E-mail"), `creator-${Date.now()}@example.com`);
    await judge(mine, "invite");
    await hand.click(dialog.getByRole("radio", { name: /Content creator/ }));
    await hand.click(dialog.getByRole("button", { name: "Invite" }));
    const link = dialog.getByText(/\/invitation#/);
    await expect(link).toBeVisible();
    await judge(mine, "invited");
    const address = (await link.textContent()) ?? "";
    expect(hand.activations).toBeLessThanOrEqual(5);

    const context = await browser.newContext({ baseURL: url });
    const page = await context.newPage();
    await page.goto(address);
    await page.getByLabel("Your name").fill("Cleo Creator");
    await page.getByLabel("Password").fill("another long sentence");
    await page.getByRole("button", { name: "Join" }).click();
    await expect(page.getByRole("button", { name: "Profile" })).toBeVisible();
    await watch.follow(page);
    await page.goto("/campaigns");
    await settled(page);
    const navigation = page.getByRole("navigation", { name: "Main" });
    await expect(navigation.getByRole("link", { name: "Campaigns" })).toBeVisible();
    await expect(navigation.getByRole("link", { name: "Leads" })).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Pause everything" })).toHaveCount(0);
    await page.goto("/settings");
    await settled(page);
    await expect(page.getByRole("tab")).toHaveText(["Profile", "Sign-in", "Team"]);
    await context.close();

    await mine.getByRole("dialog").getByRole("button", { name: "Done" }).click();
    await mine.reload();
    await mine.getByLabel("Role of Cleo Creator").selectOption({ label: "Analyst" });
    await expect(mine.getByText("Cleo Creator is now Analyst.")).toBeVisible();
    const roles = async () => {
      const { items } = await (await workspace.api.get("/api/v1/members")).json();
      return items.map(({ role }: { role: string }) => role).toSorted();
    };
    expect(await roles()).toEqual(["admin", "analyst"]);
    await mine.getByRole("button", { name: "Undo" }).click();
    await expect.poll(roles).toEqual(["admin", "content_creator"]);
  });

for (const mode of MODES)
  test(`a mailbox is added with its inbox, told what is wrong with it, edited and removed, by ${mode}`, async ({
    mine,
    watch,
  }) => {
    watch.allow(/422/); // the password that is asked for again
    const hand = new Hand(mine, mode);
    await mine.goto("/settings?tab=mailboxes");
    await settled(mine);
    await hand.click(mine.getByRole("button", { name: "Add mailbox" }));
    const dialog = mine.getByRole("dialog", { name: "Add mailbox" });
    await hand.type(dialog.getByLabel("From name"), "Olivia");
    await hand.type(dialog.getByLabel("From address"), "olivia@sender.example");
    await hand.type(dialog.getByLabel("SMTP server"), "mail.sender.example");
    await hand.type(dialog.getByLabel("User name"), "olivia");
    await hand.type(dialog.getByLabel("Password"), "an app password");
    await hand.click(dialog.getByRole("checkbox", { name: "Read answers and bounces in this mailbox" }));
    await hand.click(dialog.getByRole("button", { name: "Add mailbox" }));
    await expect(dialog.getByLabel("IMAP server")).toHaveAttribute("aria-invalid", "true");
    await judge(mine, "a mailbox without the server of its inbox");
    await hand.type(dialog.getByLabel("IMAP server"), "127.0.0.1");
    await hand.type(dialog.getByLabel("IMAP port"), "9"); // nobody listens there
    await hand.click(dialog.getByRole("button", { name: "Add mailbox" }));
    await expect(dialog).toBeHidden();
    // It is tried at once, and what came of it appears by itself.
    await expect(mine.getByText("Answers cannot be read at 127.0.0.1: dial: cannot connect")).toBeVisible();
    await judge(mine, "a mailbox whose inbox cannot be read");

    await hand.click(mine.getByRole("button", { name: "Edit olivia@sender.example" }));
    const edit = mine.getByRole("dialog", { name: "Edit olivia@sender.example" });
    await expect(edit.getByLabel("IMAP user name")).toHaveValue("olivia");
    await judge(mine, "a mailbox being edited");
    await hand.type(edit.getByLabel("IMAP server"), "localhost");
    await hand.click(edit.getByRole("button", { name: "Save" }));
    await expect(edit.getByLabel("IMAP password")).toHaveAttribute("aria-invalid", "true"); // it stays with its server
    await hand.click(edit.getByRole("checkbox", { name: "Read answers and bounces in this mailbox" }));
    await hand.click(edit.getByRole("button", { name: "Save" }));
    await expect(mine.getByText("No inbox is read: answers count when they are delivered to Rainmaker.")).toBeVisible();
    await hand.click(mine.getByRole("button", { name: "Remove" }));
    await hand.click(mine.getByRole("dialog").getByRole("button", { name: "Remove" }));
    await expect(mine.getByText("No mailbox yet")).toBeVisible();
  });

test("a key opens the door until it is revoked", async ({ mine, request, url }) => {
  await mine.goto("/settings?tab=keys");
  await settled(mine);
  await mine.getByRole("button", { name: "Create key" }).click();
  const form = mine.getByRole("dialog", { name: "Create an API key" });
  await form.getByRole("button", { name: "Create key" }).click();
  await expect(form.getByLabel("Name")).toHaveAttribute("aria-invalid", "true");
  await form.getByLabel("Name").fill("Web form");
  await form.getByRole("button", { name: "Create key" }).click();
  const made = mine.getByRole("dialog", { name: "Your new key" });
  await judge(mine, "new key");
  const [keyId, secret] = await made.locator("code.select-all").allTextContents();
  await made.getByRole("button", { name: "I have kept it" }).click();
  const enter = () =>
    request.get(`${url}/api/v1/leads`, { headers: { Authorization: `ApiKey ${keyId}:${secret}`, Cookie: "" } });
  expect((await enter()).status()).toBe(200);
  await mine.getByRole("button", { name: "Rotate Web form" }).click();
  await mine.getByRole("button", { name: "Create the second key" }).click();
  await mine.getByRole("button", { name: "I have kept it" }).click();
  await expect(mine.getByRole("button", { name: "Revoke Web form" })).toHaveCount(2);
  await mine
    .getByRole("listitem")
    .filter({ hasText: keyId ?? "" })
    .getByRole("button", { name: "Revoke Web form" })
    .click();
  await mine.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(mine.getByRole("button", { name: "Revoke Web form" })).toHaveCount(1);
  expect((await enter()).status()).toBe(401);
});

test("the audit log is filtered by address and exported", async ({ mine }) => {
  await mine.goto("/settings?tab=audit&action=organization.created");
  await settled(mine);
  const rows = mine.getByRole("tabpanel").getByRole("listitem");
  const filtered = await rows.count();
  await mine.getByLabel("What").fill("nothing.happened");
  await mine.keyboard.press("Enter");
  await expect(mine).toHaveURL(/action=nothing\.happened/);
  await expect(mine.getByText("Nothing of this kind was done")).toBeVisible();
  await mine.getByRole("button", { name: "Show everything" }).click();
  await expect(rows.first()).toBeVisible();
  expect(await rows.count()).toBeGreaterThanOrEqual(filtered);
  const download = mine.waitForEvent("download");
  await mine.getByRole("button", { name: "Export CSV" }).click();
  expect((await download).suggestedFilename()).toBe("audit-log.csv");
});
