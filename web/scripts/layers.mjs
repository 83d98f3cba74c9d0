// Holds the laws of the source tree: lib < api, components < features < routes,
// and features are strangers to each other. Prints every import that breaks one.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

const MAY = {
  lib: ["lib"],
  api: ["api", "lib"],
  components: ["components", "lib"],
  features: ["features", "components", "api", "lib"],
  routes: ["routes", "features", "components", "api", "lib"],
};
const MAX_LINES = 800;

/** What is wrong with one file, as sentences. */
export function faults(file, source) {
  const [layer, domain] = file.split("/");
  const found = [];
  if (!file.endsWith(".gen.ts") && source.split("\n").length > MAX_LINES)
    found.push(`is longer than ${MAX_LINES} lines`);
  for (const [, target] of source.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
    if (target.startsWith("../")) found.push(`imports "${target}": other folders are imported as @/...`);
    if (target.startsWith("zod") && file !== "lib/zod.ts")
      found.push(`imports "${target}": schemas take z from @/lib/zod`);
    if (!target.startsWith("@/") || !(layer in MAY)) continue;
    const [toLayer, toDomain] = target.slice(2).split("/");
    if (!MAY[layer].includes(toLayer)) found.push(`imports "${target}": ${layer} stands below ${toLayer}`);
    if (layer === "features" && toLayer === "features" && toDomain !== domain)
      found.push(`imports "${target}": features do not know each other; join them in a route`);
  }
  return found;
}

function walk(dir) {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? walk(path) : /\.tsx?$/.test(name) ? [path] : [];
  });
}

function main() {
  const root = new URL("../src", import.meta.url).pathname;
  const files = walk(root);
  const broken = files.flatMap((path) => {
    const file = relative(root, path);
    return faults(file, readFileSync(path, "utf8")).map((fault) => `src/${file} ${fault}`);
  });
  for (const line of broken) console.error(line);
  console.log(`layers: ${files.length} files, ${broken.length} faults`);
  process.exit(broken.length > 0 ? 1 : 0);
}

if (process.argv[1] === new URL(import.meta.url).pathname) main();
