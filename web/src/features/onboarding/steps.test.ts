import { expect, it } from "vitest";
import { stepsOf } from "./steps";

const NOTHING = { hasAddress: false, mailboxes: 0, leads: 0, campaigns: [], replies: 0, booked: 0 };
const done = (facts: Parameters<typeof stepsOf>[0]) =>
  stepsOf(facts)
    .filter((step) => step.done)
    .map(({ key }) => key);

it("begins with nothing done and ends with everything", () => {
  expect(done(NOTHING)).toEqual([]);
  expect(
    done({ hasAddress: true, mailboxes: 1, leads: 3, campaigns: [{ status: "running" }], replies: 1, booked: 1 }),
  ).toHaveLength(6);
});

it("does not take a draft for a launch", () => {
  expect(done({ ...NOTHING, campaigns: [{ status: "draft" }] })).toEqual([]);
  expect(done({ ...NOTHING, campaigns: [{ status: "draft" }, { status: "completed" }] })).toEqual(["campaign"]);
});
