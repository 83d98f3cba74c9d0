import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const DIR = new URL("../../../test/sso/", import.meta.url).pathname;
const INSTALL_MS = 120_000;
const START_MS = 20_000;

/** A real OpenID Connect provider (oidc-provider) on this machine, for one client. */
export class Provider {
  readonly clientId = "rainmaker";
  readonly clientSecret = "a real provider's client secret";
  issuer = "";
  #child: ChildProcess | undefined;

  async start(redirect: string): Promise<this> {
    install();
    const child = spawn(process.execPath, ["provider.mjs", redirect, this.clientId, this.clientSecret], {
      cwd: DIR,
      stdio: ["pipe", "pipe", "ignore"], // it warns about its development settings
    });
    this.#child = child;
    this.issuer = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the provider did not start")), START_MS);
      child.once("exit", (code) => reject(new Error(`the provider ended with ${code}`)));
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (!line.startsWith("http://127.0.0.1:")) return;
        clearTimeout(timer);
        resolve(line);
      });
    });
    return this;
  }

  stop(): void {
    this.#child?.stdin?.end();
  }
}

/** Installs the provider's packages unless they are there and in step with the lock file. */
function install(): void {
  const stamp = join(DIR, "node_modules/.package-lock.json");
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(join(DIR, "package-lock.json")).mtimeMs) return;
  const done = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: DIR,
    timeout: INSTALL_MS,
    encoding: "utf8",
  });
  if (done.status !== 0) throw new Error(`npm ci in test/sso: ${done.stderr}`);
}
