import { describe, expect, it } from "vitest";
import { ok, queryText } from "./client";
import { Problem } from "./problem";

it("writes lists as the API reads them", () => {
  const query = {
    q: "a&b",
    status: ["new", "cold"],
    source: ["A, Inc", "B"],
    tags: [],
    min_score: 0,
    count: true,
    cursor: undefined,
    sort: "",
  };
  expect(queryText(query)).toBe("q=a%26b&status=new%2Ccold&source=A%2C+Inc&source=B&min_score=0&count=true");
});

describe("ok", () => {
  const answer = (status: number, headers?: HeadersInit) => new Response(null, { status, headers });

  it("gives the data", async () => {
    await expect(ok(Promise.resolve({ data: { id: 1 }, response: answer(200) }))).resolves.toEqual({ id: 1 });
    await expect(ok(Promise.resolve({ response: answer(204) }))).resolves.toBeUndefined();
  });

  it("throws what went wrong", async () => {
    const refused = ok(Promise.resolve({ error: { detail: "Taken.", code: "taken" }, response: answer(409) }));
    await expect(refused).rejects.toMatchObject({ status: 409, code: "taken", message: "Taken." });
    const busy = ok(Promise.resolve({ error: "busy", response: answer(429, { "Retry-After": "7" }) }));
    await expect(busy).rejects.toMatchObject({ retryAfter: 7 });
    await expect(ok(Promise.reject(new TypeError("Failed to fetch")))).rejects.toMatchObject({ status: 0 });
    await expect(ok(Promise.reject(new SyntaxError("<")))).rejects.toBeInstanceOf(Problem);
  });
});
