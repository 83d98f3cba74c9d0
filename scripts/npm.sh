#!/usr/bin/env bash
# Installs the npm packages of web/ unless they are there and in step with the
# lock file.
set -euo pipefail
cd "$(dirname "$0")/../web"

stamp=node_modules/.package-lock.json
if [ -f "$stamp" ] && [ ! package-lock.json -nt "$stamp" ]; then
  exit 0
fi
echo 'installing npm packages' >&2
npm ci --no-audit --no-fund --loglevel=error
touch "$stamp"
