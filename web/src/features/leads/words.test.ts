import { expect, it } from "vitest";
import { details, headline, stopOf } from "./words";

it("tells what happened in words", () => {
  expect(headline("email.replied")).toBe("Replied");
  expect(headline("deal.stage_moved")).toBe("Deal stage moved");
  expect(details({ intent: "not_now", reason: "asked for May", step: 2, human: false })).toEqual([
    { label: "Sorted as", value: "not now" },
    { label: "Why", value: "asked for May" },
    { label: "Note", value: "by a scanner or privacy proxy, not by a person" },
  ]);
});

it("says why a person must not be contacted", () => {
  const suppression = {
    id: "s",
    kind: "email",
    value: "",
    lead_id: null,
    reason: "hard_bounce",
    source: "",
    created_at: "",
  };
  expect(stopOf({ status: "new", suppressions: [] })).toBeUndefined();
  expect(stopOf({ status: "new", suppressions: [suppression] })).toBe("No: on the suppression list (hard bounce).");
  expect(stopOf({ status: "unsubscribed", suppressions: [] })).toContain("opted out");
});
