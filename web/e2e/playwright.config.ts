import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

// Debian's browser, so that nothing is downloaded; CHROMIUM names another.
const candidates = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const browser = candidates.find((path) => path && existsSync(path));
if (!browser) throw new Error("no Chromium: scripts/browser.sh installs it, or CHROMIUM=<path> names one");

// Measurements are no tests: make bench-leads runs them, alone.
const bench = process.env.E2E_BENCH === "1";

export default defineConfig({
  testDir: ".",
  testMatch: bench ? "**/*.bench.ts" : "**/*.spec.ts",
  outputDir: "../../test-results/e2e",
  globalSetup: bench ? undefined : "./support/start.ts",
  forbidOnly: true,
  // One program and one browser: the machine may have two cores.
  workers: Number(process.env.E2E_WORKERS ?? 1),
  fullyParallel: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    viewport: { width: 1440, height: 900 },
    locale: "en-US",
    timezoneId: "America/New_York",
    colorScheme: "light",
    reducedMotion: "reduce",
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    screenshot: "only-on-failure",
    trace: "off",
    launchOptions: {
      executablePath: browser,
      // Chromium's sandbox refuses to run as root, which is usual in containers.
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
  },
});
