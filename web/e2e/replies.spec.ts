import { judge } from "./support/checks";
import { expect, settled, test } from "./support/test";

interface Reply {
  id: string;
  intent: string;
  lead_name: string;
  machine: boolean;
}

test("a verdict tells why, and a person corrects it", async ({ demo, demoApi }) => {
  let reply: Reply | undefined;
  await expect
    .poll(
      async () => {
        const { items }: { items: Reply[] } = await (await demoApi.get("/api/v1/replies?limit=100")).json();
        reply = items.find(({ intent, machine }) => !machine && intent !== "opt_out" && intent !== "question");
        return reply;
      },
      { timeout: 40_000 },
    )
    .toBeDefined();
  if (!reply) return;
  await demo.goto(`/replies?reply=${reply.id}`);
  await settled(demo);
  const article = demo.getByRole("article", { name: `Reply of ${reply.lead_name}` });
  await expect(article.getByRole("heading", { name: "Why?" })).toBeVisible();
  await expect(article).toContainText(/% sure/);
  await expect(article).toContainText(/Sorted by/);
  await article.getByRole("button", { name: "Correct this" }).click();
  await judge(demo, "correcting a verdict");
  await article.getByRole("radio", { name: "Question" }).check();
  await article.getByRole("button", { name: "Correct", exact: true }).click();
  await expect(article).toContainText("100 % sure");
  await expect(article).toContainText("Sorted by a person");
  await expect(article.getByText(/All \d verdicts on this answer/)).toBeVisible();
  const after: Reply = await (await demoApi.get(`/api/v1/replies/${reply.id}`)).json();
  expect(after.intent).toBe("question");
});
