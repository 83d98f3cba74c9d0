#!/usr/bin/env bash
# Runs the journeys of the web app in a real browser against the real program.
# scripts/e2e-web.sh            every page and every journey, part of make test
# E2E_FULL=1 scripts/e2e-web.sh every page at four widths, light and dark, with
#                               pictures in test-results/shots
# Further arguments go to Playwright: scripts/e2e-web.sh --grep palette
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v npm >/dev/null; then
  echo 'browser tests did not run: Node 20.19 or newer with npm is needed'
  exit 0
fi
if ! scripts/browser.sh; then
  echo 'browser tests did not run: no Chromium, and apt-get could not install one'
  exit 0
fi
scripts/npm.sh
make --no-print-directory build >/dev/null
# Two at a time, unless it is the matrix or a measurement. What passes only at a
# second or third try is named as flaky in the summary: machines that test are busy.
if [ "${E2E_FULL:-}" != 1 ] && [ "${E2E_BENCH:-}" != 1 ]; then
  export E2E_WORKERS=${E2E_WORKERS:-2}
  set -- --retries 2 "$@"
fi
cd web
# As npm run does, but without its banner.
exec node_modules/.bin/playwright test --config e2e/playwright.config.ts "$@"
