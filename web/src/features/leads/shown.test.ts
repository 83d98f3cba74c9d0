import { expect, test } from "vitest";
import type { View } from "@/api/types";
import { columnsOf, columnsText, DEFAULT_COLUMNS } from "./columns";
import { ALL, resolve, sameShown, searchOf, shownBy } from "./shown";

const SORTS = ["-score", "name"];
const view = (id: string, search: View["search"], more: Partial<View> = {}): View => ({
  id,
  name: id,
  search,
  shared: false,
  default: false,
  mine: true,
  created_by: "user:1",
  created_at: "2026-01-01T00:00:00Z",
  ...more,
});
const hot = view("hot", { status: "qualified", min_score: 70, sort: "name" });
const mine = view("mine", { q: "acme" }, { default: true });

test("an address shows what it says, else its view, else the default", () => {
  expect(resolve({ view: "hot" }, [hot, mine], SORTS).shown).toEqual({
    status: "qualified",
    min_score: "70",
    sort: "name",
  });
  expect(resolve({ view: "hot", q: "x" }, [hot, mine], SORTS)).toEqual({
    shown: { q: "x" },
    view: hot,
    missing: false,
  });
  expect(resolve({}, [hot, mine], SORTS)).toEqual({ shown: { q: "acme" }, view: mine, missing: false });
  expect(resolve({ sort: "name" }, [hot, mine], SORTS).view).toBeUndefined();
  expect(resolve({ view: ALL }, [hot, mine], SORTS)).toEqual({ shown: {}, view: undefined, missing: false });
});

test("a view that is not there is said to be missing, once the list is known", () => {
  expect(resolve({ view: "gone" }, undefined, SORTS).missing).toBe(false);
  expect(resolve({ view: "gone" }, [hot], SORTS).missing).toBe(true);
});

test("a view keeps what the list shows, and gives it back", () => {
  const shown = { q: "12", status: "new", min_score: "25", sort: "name", columns: "email,score" } as const;
  expect(shownBy({ search: searchOf(shown) }, SORTS)).toEqual(shown);
  expect(shownBy({ search: { status: "no such", sort: "shoe" } }, SORTS)).toEqual({});
  expect(sameShown({ q: "a" }, { q: "a", sort: "-score" }, "-score")).toBe(true);
  expect(sameShown({ q: "a" }, { q: "a", sort: "name" }, "-score")).toBe(false);
});

test("columns are named in their own order, and none is a choice", () => {
  expect(columnsOf(undefined)).toEqual(DEFAULT_COLUMNS);
  expect(columnsOf("score,email,shoe")).toEqual(["email", "score"]);
  expect(columnsText(["created", "company", "status", "score"])).toBeUndefined();
  expect(columnsText(["score", "email"])).toBe("email,score");
  expect(columnsOf(columnsText([]))).toEqual([]);
});
