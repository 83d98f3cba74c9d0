// Writes src/api/schema.gen.ts from ../docs/openapi.json, which the Go side
// generates. With --check it only says whether the file is up to date.
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../../docs/openapi.json", import.meta.url);
const target = new URL("../src/api/schema.gen.ts", import.meta.url);

const ast = await openapiTS(JSON.parse(readFileSync(source, "utf8")), { alphabetize: true });
const text = `// Generated from docs/openapi.json by npm run gen. Do not edit.\n${astToString(ast)}`;
if (!process.argv.includes("--check")) {
  writeFileSync(target, text);
} else if (readFileSync(target, "utf8") !== text) {
  console.error("src/api/schema.gen.ts is older than docs/openapi.json: npm run gen");
  process.exit(1);
}
