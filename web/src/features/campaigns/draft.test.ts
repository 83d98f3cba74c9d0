import { describe, expect, it } from "vitest";
import type { Campaign } from "@/api/types";
import {
  aiOf,
  audienceOf,
  audienceWords,
  basicsOf,
  filterOf,
  fromAi,
  fromBasics,
  NEW_CAMPAIGN,
  queryOf,
  stepFor,
} from "./draft";

const campaign = (part: Partial<Campaign>): Campaign => ({
  id: "c",
  name: "Spring",
  type: "email_sequence",
  goal: "",
  status: "draft",
  audience: { filter: {} },
  steps: [],
  ai: {},
  budget: {},
  schedule: {},
  ab_testing: false,
  auto_optimize: false,
  launched_at: null,
  start_at: null,
  end_at: null,
  mailbox_id: null,
  phone_number_id: null,
  version: 1,
  created_at: "",
  updated_at: "",
  ...part,
});

describe("basics", () => {
  it("survive the way to the server and back", () => {
    const form = { ...NEW_CAMPAIGN, name: "Spring", daily_budget: "12.50", mailbox_id: "m" };
    const draft = fromBasics(form);
    expect(draft.budget).toEqual({ daily: { amount_minor: 1250, currency: "USD" } });
    expect(basicsOf(campaign({ ...(draft as Partial<Campaign>), mailbox_id: "m" }))).toEqual(form);
  });

  it("leave alone what the form does not show", () => {
    const before = { budget: { total: { amount_minor: 9900, currency: "USD" } } };
    const draft = fromBasics({ ...NEW_CAMPAIGN, name: "x" }, before);
    expect(draft.ai).toBeUndefined();
    const ai = { ai: { model: "m", voice: "v" } };
    expect(fromAi({ ...aiOf(ai), persona: " Calm " }, ai).ai).toEqual({
      model: "m",
      voice: "v",
      autonomy: "auto",
      persona: "Calm",
    });
    expect(draft.budget).toEqual(before.budget);
  });

  it("read an empty schedule as always", () => {
    expect(basicsOf(campaign({}))).toMatchObject({
      days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
      from: "00:00",
      to: "24:00",
      timezone: "lead",
    });
  });
});

describe("audience", () => {
  it("turns what was typed into a filter", () => {
    const form = {
      ...audienceOf(undefined),
      q: " acme ",
      status: ["new", "cold"] as const,
      min_score: "250",
      tags: "a, ,b",
      company: "",
    };
    const filter = filterOf({ ...form, status: [...form.status] });
    expect(filter).toEqual({ q: "acme", status: ["new", "cold"], min_score: 100, tags: ["a", "b"] });
    expect(queryOf(filter)).toMatchObject({ status: ["new", "cold"], tags: ["a", "b"] });
    expect(audienceWords(filter)).toBe("matching “acme”, status new or cold, score 100 and above, tagged a and b");
    expect(audienceOf(filter)).toMatchObject({ q: "acme", tags: "a, b", min_score: "100" });
  });

  it("an empty filter is everybody", () => {
    expect(filterOf(audienceOf({}))).toEqual({});
    expect(audienceWords({})).toBe("everybody");
  });
});

it.each([
  ["mailbox_id", "basics"],
  ["steps[0].channel", "sequence"],
  ["ai.persona", "ai"],
  ["audience", "audience"],
  ["organization.postal_address", undefined],
  [undefined, undefined],
])("%s is mended at %s", (location, step) => expect(stepFor(location)).toBe(step));
