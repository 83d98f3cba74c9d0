// Completes package-lock.json after a dependency change, so that `npm ci` passes
// on every machine.
//
// Native tools list one optional package a platform. A registry mirror that does
// not carry all of them makes npm leave those out of the lock file, and `npm ci`
// then refuses the lock as out of step ("Missing: ... from lock file"). This adds
// an entry with the exact version and its platform for each that is missing. On a
// machine of that platform npm fetches it as usual; on any other it is skipped.
//
// It also refuses a lock that names a registry: the lock must work with any.
import { readFileSync, writeFileSync } from "node:fs";

const OS = {
  android: "android",
  darwin: "darwin",
  linux: "linux",
  win32: "win32",
  freebsd: "freebsd",
  openharmony: "openharmony",
};
const CPU = ["arm64", "x64", "arm", "ia32", "riscv64", "ppc64", "s390x", "loong64", "wasm32"];

/** @param {string} name of a platform package, such as @biomejs/cli-linux-x64-musl */
export function platformOf(name) {
  if (name === "fsevents") return { os: ["darwin"] };
  const parts = name.split("/").pop().split(/[-.]/);
  const os = parts.map((p) => OS[p]).find(Boolean);
  const cpu = parts.find((p) => CPU.includes(p));
  if (cpu === "wasm32") return { cpu: ["wasm32"] };
  if (!os || !cpu) throw new Error(`fixlock: cannot tell the platform of ${name}`);
  const musl = parts.some((p) => p.startsWith("musl"));
  const glibc = os === "linux" && parts.some((p) => p.startsWith("gnu"));
  return { cpu: [cpu], ...(musl ? { libc: ["musl"] } : glibc ? { libc: ["glibc"] } : {}), os: [os] };
}

/** The lowest version that satisfies an exact, ~ or ^ range. */
function lowest(range) {
  const version = range.replace(/^[~^]/, "");
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) throw new Error(`fixlock: cannot choose a version of ${range}`);
  return version;
}

/** Adds the missing optional packages to a lock object and returns their names. */
export function complete(lock) {
  const added = [];
  for (const [path, pkg] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(pkg.optionalDependencies ?? {})) {
      // npm looks in the package's own folder first, then outwards.
      const nested = `${path}/node_modules/${name}`;
      if (lock.packages[nested] || lock.packages[`node_modules/${name}`]) continue;
      lock.packages[`node_modules/${name}`] = {
        version: lowest(range),
        ...(pkg.dev ? { dev: true } : {}),
        optional: true,
        ...platformOf(name),
      };
      added.push(name);
    }
  }
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries(sorted);
  return added;
}

function main() {
  const file = new URL("../package-lock.json", import.meta.url);
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const named = Object.entries(lock.packages).filter(([, pkg]) => pkg.resolved);
  if (named.length > 0) throw new Error(`fixlock: the lock names a registry for ${named[0][0]}; see .npmrc`);
  const added = complete(lock);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`fixlock: ${added.length} platform packages added`);
}

if (process.argv[1] === new URL(import.meta.url).pathname) main();
