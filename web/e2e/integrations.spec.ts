import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { judge } from "./support/checks";
import { expect, settled, test } from "./support/test";

test("an endpoint is added, tested, and its delivery seen", async ({ mine, watch }) => {
  watch.allow(/422/);
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(String(request.headers["webhook-id"]));
    response.end("thanks");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    await mine.goto("/settings?tab=integrations");
    await settled(mine);
    await mine.getByRole("button", { name: "Add endpoint" }).click();
    const form = mine.getByRole("dialog", { name: "Add a webhook endpoint" });
    await form.getByLabel("Address").fill("not an address");
    await form.getByRole("button", { name: "Add endpoint" }).click();
    await expect(form.getByLabel("Address")).toHaveAttribute("aria-invalid", "true");
    await form.getByLabel("Address").fill(`http://127.0.0.1:${port}/hook`);
    await form.getByRole("button", { name: "Add endpoint" }).click();
    const secret = mine.getByRole("dialog", { name: "The signing secret" });
    await expect(secret.getByText(/^whsec_/)).toBeVisible();
    await judge(mine, "the signing secret");
    await secret.getByRole("button", { name: "I have kept it" }).click();
    await mine.getByRole("button", { name: "Test", exact: true }).click();
    await expect(mine.getByText(/took the test message/)).toBeVisible();
    expect(heard.length).toBeGreaterThanOrEqual(1); // it is told of everything else that happens, too
    await mine.getByText("Last deliveries").click();
    await expect(mine.getByText("HTTP 200").first()).toBeVisible();
  } finally {
    server.close();
  }
});
