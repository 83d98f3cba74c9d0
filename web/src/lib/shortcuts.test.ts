import { expect, it } from "vitest";
import { match, type ShortcutGroup } from "./shortcuts";

const run = () => undefined;
const groups: ShortcutGroup[] = [
  {
    name: "Everywhere",
    list: [
      { keys: "?", label: "help", run },
      { keys: "g l", label: "leads", run },
      { keys: "j", label: "outer", run },
    ],
  },
  {
    name: "List",
    list: [
      { keys: "j", label: "next", run },
      { keys: "l", label: "like", run },
    ],
  },
];

it.each([
  ["", "?", "help"],
  ["", "j", "next"],
  ["g", "l", "leads"],
  ["", "l", "like"],
  ["x", "l", "like"],
  ["", "g", undefined],
  ["g", "z", undefined],
])("%s then %s is %s", (before, key, want) => expect(match(groups, before, key)?.label).toBe(want));
