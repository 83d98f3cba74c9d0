// Fails when what a first visit loads is heavier than its budget: JavaScript and
// CSS after brotli, counted over the static imports of the entry and of each
// lazily loaded route, and the largest font.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";

const KIB = 1024;
const BUDGET = { entry: 150 * KIB, dashboard: 160 * KIB, route: 240 * KIB, font: 50 * KIB };

const dist = new URL(process.env.DIST ?? "../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const weights = new Map();

function weight(file) {
  if (!weights.has(file)) weights.set(file, brotliCompressSync(readFileSync(new URL(file, dist))).length);
  return weights.get(file);
}

/** Files that the given chunks load before they run. */
function files(keys, seen = new Set()) {
  const found = new Set();
  for (const key of keys) {
    if (seen.has(key)) continue;
    seen.add(key);
    const chunk = manifest[key];
    found.add(chunk.file);
    for (const css of chunk.css ?? []) found.add(css);
    for (const file of files(chunk.imports ?? [], seen)) found.add(file);
  }
  return found;
}

const total = (set) => [...set].reduce((sum, file) => sum + weight(file), 0);
const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry);
const lines = [["entry", total(files(entries)), BUDGET.entry]];
for (const key of Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry)) {
  const name = key.replace(/^src\//, "");
  lines.push([name, total(files([...entries, key])), /dashboard/.test(key) ? BUDGET.dashboard : BUDGET.route]);
}
for (const name of readdirSync(new URL("assets/", dist)).filter(
  (name) => /latin-wght.*\.woff2$/.test(name) && !/-ext-/.test(name),
))
  lines.push([`font ${name}`, statSync(new URL(`assets/${name}`, dist)).size, BUDGET.font]);

let heavy = 0;
for (const [name, size, budget] of lines) {
  if (size > budget) heavy++;
  console.log(
    `${(size / KIB).toFixed(1).padStart(7)} / ${budget / KIB} KiB  ${name}${size > budget ? "  TOO HEAVY" : ""}`,
  );
}
process.exit(heavy > 0 ? 1 : 0);
