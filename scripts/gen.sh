#!/usr/bin/env bash
# Writes the generated files that are committed.
set -euo pipefail
cd "$(dirname "$0")/.."

write() { # whole or not at all
  local file=$1
  shift
  "$@" >"$file.new" && mv "$file.new" "$file"
}
write docs/config.md bin/rainmaker config docs
write docs/openapi.json bin/rainmaker openapi
if [ -f web/scripts/gen.mjs ] && command -v npm >/dev/null; then
  scripts/npm.sh
  (cd web && npm run --silent gen)
else
  echo 'web types not written: Node with npm is needed' >&2
fi
