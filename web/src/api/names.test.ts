import { expect, it } from "vitest";
import { leadName } from "./names";

it("names a lead by what is known", () => {
  const nobody = { first_name: "", last_name: "", email: "", phone: "" };
  expect(leadName({ ...nobody, first_name: "Ada", last_name: "Byron" })).toBe("Ada Byron");
  expect(leadName({ ...nobody, last_name: "Byron" })).toBe("Byron");
  expect(leadName({ ...nobody, email: "ada@example.com" })).toBe("ada@example.com");
  expect(leadName({ ...nobody, phone: "+15550100" })).toBe("+15550100");
  expect(leadName(nobody)).toBe("Unnamed lead");
});
