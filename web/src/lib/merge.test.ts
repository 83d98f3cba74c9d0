import { expect, test } from "vitest";
import { asRead } from "./merge";

test.each([
  ["An idea for {{company | your company}}", "An idea for your company"],
  ["{{first_name|there}}, hello", "there, hello"],
  ["Hi {{last_name | }} again", "Hi again"],
  ["{{first_name}}, a word", "[first name], a word"],
  ["{{custom.plan_type}} at {{organization_name}}", "[plan type] at Acme"],
  ["No fields } { here", "No fields } { here"],
])("%s is read as %s", (written, read) => {
  expect(asRead(written, { organization_name: "Acme" })).toBe(read);
});
