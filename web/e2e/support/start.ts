import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "@playwright/test";
import { Program } from "./program";

/** How to get into the demo's workspace; fixed by the program. */
const DEMO = { email: "demo@example.com", password: "rainmaker-demo-2026" };

/** Starts one demo for the whole run and keeps a signed-in session of it. */
export default async function start(): Promise<() => Promise<void>> {
  const program = new Program("demo");
  try {
    await program.start();
    const results = new URL("../../../test-results/", import.meta.url).pathname;
    mkdirSync(results, { recursive: true });
    const api = await request.newContext({ baseURL: program.url });
    // The sign-in works once the workspace is made, a moment after the program listens.
    let status = 0;
    for (let i = 0; i < 60 && status !== 200; i++) {
      if (i > 0) await new Promise((resolve) => setTimeout(resolve, 500));
      status = (await api.post("/api/v1/auth/login", { data: DEMO })).status();
    }
    if (status !== 200) throw new Error(`the demo refuses its own sign-in with ${status}`);
    const session = join(program.dir, "session.json");
    writeFileSync(session, JSON.stringify(await api.storageState()));
    await api.dispose();
    process.env.E2E_URL = program.url;
    process.env.E2E_SESSION = session;
  } catch (error) {
    await program.remove();
    throw error;
  }
  return () => program.remove();
}
