import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Writes .br and .gz beside what compresses; the Go server sends them as they are. */
function precompress(): Plugin {
  const worthIt = /\.(js|css|svg|json|webmanifest)$/;
  let outDir = "dist";
  const walk = (dir: string): string[] =>
    readdirSync(dir).flatMap((name) => {
      const path = join(dir, name);
      return statSync(path).isDirectory() ? walk(path) : [path];
    });
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      outDir = config.build.outDir;
    },
    closeBundle() {
      for (const path of walk(outDir)) {
        if (!worthIt.test(path) || path.includes("/.vite/")) continue;
        const raw = readFileSync(path);
        if (raw.length < 1024) continue;
        writeFileSync(`${path}.br`, brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
        writeFileSync(`${path}.gz`, gzipSync(raw, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), precompress()],
  // The Go server replaces the mark by a fresh nonce in each answer.
  html: { cspNonce: "__CSP_NONCE__" },
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    target: "es2023",
    manifest: true,
    // Data URLs would be one more way in for content; fonts and icons are files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Without this each icon and each small module would be a request of its own.
        codeSplitting: {
          groups: [
            // Each group takes along what it imports; what the entry needs goes first.
            {
              name: "react",
              priority: 2,
              test: /node_modules[\\/](react|react-dom|scheduler|use-sync-external-store)[\\/]/,
            },
            { name: "data", priority: 1, test: /node_modules[\\/]@tanstack[\\/](?!.*table)/ },
            { name: "icons", priority: 1, test: /node_modules[\\/]lucide-react/ },
            {
              name: "overlay",
              test: /node_modules[\\/](@base-ui|@floating-ui)|ui[\\/](dialog|menu|help-popover|tabs|toast-viewport)\./,
            },
            { name: "forms", test: /node_modules[\\/](react-hook-form|@hookform)|src[\\/]api[\\/]form|ui[\\/]field/ },
            {
              name: "kit",
              priority: 1,
              test: /src[\\/](lib|api[\\/](?!form)|components[\\/]ui[\\/](badge|button|card|help|help-class|progress|sparkline|state|toast|toast-queue)\.)/,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": { target: process.env.RAINMAKER_URL ?? "http://127.0.0.1:8080", ws: true } } },
  test: { environment: "node", include: ["src/**/*.test.{ts,tsx}", "scripts/**/*.test.mjs"] },
});
