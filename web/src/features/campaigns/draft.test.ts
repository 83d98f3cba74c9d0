import { describe, expect, it } from "vitest";
import type { Campaign, Step } from "@/api/types";
import {
  audienceOf,
  audienceWords,
  basicsOf,
  filterOf,
  fromBasics,
  NEW_CAMPAIGN,
  newStep,
  queryOf,
  sequenceOf,
  stepFor,
  stepsOf,
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
    const form = { ...NEW_CAMPAIGN, name: "Spring", daily_budget: "12.50", mailbox_id: "m", persona: "Calm" };
    const draft = fromBasics(form);
    expect(draft.budget).toEqual({ daily: { amount_minor: 1250, currency: "USD" } });
    expect(basicsOf(campaign({ ...(draft as Partial<Campaign>), mailbox_id: "m" }))).toEqual(form);
  });

  it("leave alone what the form does not show", () => {
    const before = { ai: { model: "m", voice: "v" }, budget: { total: { amount_minor: 9900, currency: "USD" } } };
    const draft = fromBasics({ ...NEW_CAMPAIGN, name: "x" }, before);
    expect(draft.ai).toEqual({ model: "m", voice: "v", autonomy: "auto", persona: "" });
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

describe("sequence", () => {
  const steps: Step[] = [
    {
      id: "s1",
      channel: "email",
      delay: "0s",
      variants: [{ id: "v1", name: "A", weight: 70, subject: "Hi", body: "x", prompt: "kept" }],
    },
    {
      id: "s2",
      channel: "task",
      delay: "72h0m0s",
      variants: [{ id: "v2", name: "A", weight: 100, subject: "Call", body: "" }],
    },
  ];

  it("keeps ids and what the form does not show", () => {
    const form = sequenceOf(campaign({ steps }));
    expect(form.steps[1]?.delay).toEqual({ value: "3", unit: "days" });
    form.steps[0]?.variants.push({ name: "B", weight: "30", subject: "Hello", body: "y", prompt: "" });
    const out = stepsOf(form, steps);
    expect(out[0]).toMatchObject({
      id: "s1",
      variants: [
        { id: "v1", prompt: "kept", weight: 70 },
        { name: "B", weight: 30 },
      ],
    });
    expect(out[1]).toMatchObject({ id: "s2", delay: "72h" });
  });

  it("follows a reorder by id, not by place", () => {
    const form = sequenceOf(campaign({ steps }));
    form.steps.reverse();
    expect(stepsOf(form, steps).map(({ id, channel }) => [id, channel])).toEqual([
      ["s2", "task"],
      ["s1", "email"],
    ]);
  });

  it("starts with one mail, sent at once; the next waits", () => {
    expect(sequenceOf(campaign({})).steps).toEqual([newStep(true)]);
    expect(stepsOf({ steps: [newStep(true), newStep(false)] }, []).map(({ delay }) => delay)).toEqual(["0s", "72h"]);
  });
});

it.each([
  ["mailbox_id", "basics"],
  ["steps[0].channel", "sequence"],
  ["audience", "audience"],
  ["organization.postal_address", undefined],
  [undefined, undefined],
])("%s is mended at %s", (location, step) => expect(stepFor(location)).toBe(step));
