import { expect, it, vi } from "vitest";
import { showProblem } from "./form";
import { Problem } from "./problem";

const values = { name: "", smtp: { host: "" }, steps: [{ variants: [{ subject: "" }] }] };

it("shows a refusal at its fields and says the rest", () => {
  const setError = vi.fn();
  const problem = new Problem(422, "Wrong.", {
    fields: [
      { location: "body.smtp.host", message: "must be a host name" },
      { location: "body.steps[0].variants[0].subject", message: "is required" },
      { location: "body.display_name", message: "too long" },
      { location: "body.unknown", message: "odd" },
    ],
  });
  const rest = showProblem({ setError, getValues: () => values } as never, problem, { display_name: "name" as never });
  expect(setError.mock.calls.map(([path, { message }, { shouldFocus }]) => [path, message, shouldFocus])).toEqual([
    ["smtp.host", "Must be a host name.", true],
    ["steps.0.variants.0.subject", "Is required.", false],
    ["name", "Too long.", false],
  ]);
  expect(rest).toBe("Unknown: odd.");
});

it("says the whole when no field is named", () => {
  const setError = vi.fn();
  expect(showProblem({ setError, getValues: () => values } as never, new Problem(409, "Taken."))).toBe("Taken.");
  expect(setError).not.toHaveBeenCalled();
});
