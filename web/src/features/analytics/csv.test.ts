import { expect, test } from "vitest";
import { csvOf } from "./csv";

test("cells are quoted, and none is a formula", () => {
  expect(
    csvOf([
      ["Campaign", "Mails"],
      ['He said "no", then', -3],
      ["=HYPERLINK(1)", 0],
      [" +cmd", 1],
    ]),
  ).toBe('Campaign,Mails\r\n"He said ""no"", then",-3\r\n\'=HYPERLINK(1),0\r\n\' +cmd,1\r\n');
});
