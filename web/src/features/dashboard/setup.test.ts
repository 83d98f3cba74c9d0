import { expect, it } from "vitest";
import { setupSteps } from "./setup";

it("is done when a campaign has been launched, not when one is a draft", () => {
  const done = (campaigns: { status: string }[]) =>
    setupSteps({ hasAddress: true, mailboxes: 1, leads: 4, campaigns }).map((step) => step.done);
  expect(done([{ status: "draft" }])).toEqual([true, true, true, false]);
  expect(done([{ status: "draft" }, { status: "paused" }])).toEqual([true, true, true, true]);
});
