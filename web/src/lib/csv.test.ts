import { expect, it } from "vitest";
import { csvOf } from "./csv";

it("quotes what has to be quoted and disarms formulas", () => {
  expect(
    csvOf([
      ["plain", 'say "hi"', "a,b", "two\nlines"],
      ["=1+1", "@x", "-2", "ok"],
    ]),
  ).toBe('plain,"say ""hi""","a,b","two\nlines"\r\n\'=1+1,\'@x,\'-2,ok\r\n');
});
