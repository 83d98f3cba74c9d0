import { expect, it } from "vitest";
import { fieldOf, messageOf, Problem, problemOf } from "./problem";

it("reads a problem document", () => {
  const problem = problemOf(
    422,
    { title: "x", detail: "Wrong.", code: "c", errors: [{ location: "body.a", message: "no" }, 5] },
    null,
  );
  expect(problem).toMatchObject({ status: 422, message: "Wrong.", code: "c" });
  expect(problem.fields).toEqual([
    { location: "body.a", message: "no" },
    { location: "", message: "" },
  ]);
});

it("says something useful without one", () => {
  expect(problemOf(429, "<html>", "12").message).toContain("12 s");
  expect(problemOf(502, null, null).message).toContain("server failed");
  expect(messageOf(new TypeError("x.y is not a function"))).not.toContain("function");
  expect(messageOf(new Problem(409, "Taken."))).toBe("Taken.");
});

it.each([
  ["body.email", "email"],
  ["body.smtp.host", "smtp.host"],
  ["body.steps[0].variants[12].subject", "steps.0.variants.12.subject"],
  ["body", ""],
])("%s is %s in a form", (location, field) => expect(fieldOf(location)).toBe(field));
