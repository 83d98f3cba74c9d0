import { expect, it } from "vitest";
import { complete, platformOf } from "./fixlock.mjs";
import { faults } from "./layers.mjs";

it("tells the platform of a package by its name", () => {
  expect(platformOf("@biomejs/cli-linux-x64-musl")).toEqual({ cpu: ["x64"], libc: ["musl"], os: ["linux"] });
  expect(platformOf("@tailwindcss/oxide-linux-arm-gnueabihf")).toEqual({
    cpu: ["arm"],
    libc: ["glibc"],
    os: ["linux"],
  });
  expect(platformOf("@rolldown/binding-win32-arm64-msvc")).toEqual({ cpu: ["arm64"], os: ["win32"] });
  expect(platformOf("@tailwindcss/oxide-wasm32-wasi")).toEqual({ cpu: ["wasm32"] });
  expect(() => platformOf("left-pad")).toThrow("cannot tell");
});

it("adds what is missing once, and leaves alone what is there", () => {
  const lock = {
    packages: {
      "node_modules/tool": {
        dev: true,
        optionalDependencies: { "tool-linux-x64": "1.2.3", "tool-darwin-arm64": "1.2.3" },
      },
      "node_modules/tool-linux-x64": { version: "1.2.3", integrity: "sha512-x" },
    },
  };
  expect(complete(lock)).toEqual(["tool-darwin-arm64"]);
  expect(complete(lock)).toEqual([]);
  expect(lock.packages["node_modules/tool-darwin-arm64"]).toEqual({
    version: "1.2.3",
    dev: true,
    optional: true,
    cpu: ["arm64"],
    os: ["darwin"],
  });
  expect(lock.packages["node_modules/tool-linux-x64"].integrity).toBe("sha512-x");
});

it.each([
  ["lib/a.ts", 'import { x } from "@/api/client";', "lib stands below api"],
  ["components/ui/a.tsx", 'import { x } from "@/api/client";', "components stands below api"],
  ["features/leads/a.tsx", 'import { x } from "@/features/campaigns/b";', "features do not know each other"],
  ["features/leads/a.tsx", 'const x = () => import("@/routes/leads");', "features stands below routes"],
  ["routes/a.tsx", 'import { x } from "../lib/b";', "imported as @/..."],
  ["features/leads/a.tsx", 'import * as z from "zod/mini";', "schemas take z"],
])("%s may not: %s", (file, source, why) => expect(faults(file, source).join()).toContain(why));

it("lets the allowed imports be", () => {
  expect(
    faults(
      "features/leads/a.tsx",
      'import { x } from "@/features/leads/b";\nimport { y } from "./c";\nimport z from "@/lib/z";',
    ),
  ).toEqual([]);
  expect(faults("routes/a.tsx", 'import { x } from "@/features/leads/b";')).toEqual([]);
});
