#!/usr/bin/env bash
# Makes the pictures of the README, docs/images/*.png: starts a demo on a data
# directory of its own, waits until it lives, and photographs it with headless
# Chromium (apt-get install chromium). Not part of make test.
set -euo pipefail
cd "$(dirname "$0")/.."

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
  { echo 'pictures: no Chromium here: apt-get install chromium' >&2; exit 1; }
make --no-print-directory build
scripts/postgres.sh

work=$(mktemp -d)
chmod 755 "$work" # the database's own account must be able to enter it
bin/rainmaker demo --addr 127.0.0.1:0 --data "$work/data" >"$work/out" 2>"$work/err" &
demo=$!
trap 'kill "$demo" 2>/dev/null; wait "$demo" 2>/dev/null || true; rm -rf "$work"' EXIT

for _ in $(seq 300); do
  grep -q '^open ' "$work/out" && break
  kill -0 "$demo" 2>/dev/null || { tail -n 1 "$work/err" >&2; exit 1; }
  sleep 0.1
done
# open URL and sign in as EMAIL with the password PASSWORD
read -r _ url _ _ _ _ email _ _ _ password < <(grep '^open ' "$work/out")
go run ./scripts/pictures -browser "$browser" -url "$url" -email "$email" -password "$password" "$@"
ls -l docs/images
