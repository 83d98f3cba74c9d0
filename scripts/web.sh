#!/usr/bin/env bash
# Builds the web app into web/dist. Without Node it says so and leaves the
# program to serve a line that says how to build it.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -f web/package.json ]; then
  exit 0
fi
if ! command -v npm >/dev/null || ! node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||a===20&&b>=19?0:1)' 2>/dev/null; then
  echo 'web app not built: Node 20.19 or newer with npm is needed (https://nodejs.org); the API works without it' >&2
  exit 0
fi
scripts/npm.sh
echo 'building the web app' >&2
(cd web && npm run --silent build)
touch web/dist/index.html
