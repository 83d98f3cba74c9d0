import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ROOT = new URL("../../../", import.meta.url).pathname;
const START_MS = 60_000;
const DRAIN_MS = 30_000; // the program's own promise

/** A running rainmaker with a data directory of its own. */
export class Program {
  readonly dir: string;
  readonly mode: "serve" | "demo";
  url = "";
  #child: ChildProcess | undefined;

  constructor(mode: "serve" | "demo") {
    this.mode = mode;
    this.dir = mkdtempSync(join(tmpdir(), "rm-e2e-"));
    // Started by root, the database server runs as another user.
    chmodSync(this.dir, 0o755);
  }

  /** Starts it, and again after stop or kill: on the same data and the same port. */
  async start(...flags: string[]): Promise<void> {
    const binary = process.env.RAINMAKER_BIN ?? join(ROOT, "bin/rainmaker");
    const addr = this.url === "" ? "127.0.0.1:0" : new URL(this.url).host;
    const dev = this.mode === "serve" ? ["--dev"] : [];
    const child = spawn(binary, [this.mode, "--addr", addr, "--data", join(this.dir, "data"), ...dev, ...flags], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    let last = "";
    child.stderr.on("data", (chunk: Buffer) => {
      last = `${last}${chunk}`.slice(-4000);
    });
    this.url = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ready after ${START_MS} ms: ${last}`)), START_MS);
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`${binary} ended with ${code}: ${last}`)));
      createInterface({ input: child.stdout }).on("line", (line) => {
        const found = /^listening on (http:\S+)/.exec(line)?.[1];
        if (!found) return;
        clearTimeout(timer);
        resolve(found);
      });
    });
  }

  /** Takes it away without a word, as a crash would. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), DRAIN_MS);
    await gone;
    clearTimeout(timer);
  }
}
