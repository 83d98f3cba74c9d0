#!/usr/bin/env bash
# Judges the code without running it: format, linters, the laws of the house,
# generated files. Goes on after a failure, so that one run tells everything.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
step() {
  local name=$1
  shift
  if "$@"; then
    echo "ok    $name"
  else
    echo "FAIL  $name"
    failed=1
  fi
}

format() {
  local wrong
  wrong=$(.cache/bin/gofumpt -l cmd internal test web/*.go) || return 1
  [ -z "$wrong" ] || { echo "not formatted, run make fmt: $wrong" >&2; return 1; }
}

# same FILE COMMAND...: the file is what the command writes.
same() {
  local file=$1
  shift
  [ -f "$file" ] || { echo "$file is missing, run make gen" >&2; return 1; }
  diff -q "$file" <("$@") >/dev/null || { echo "$file is out of date, run make gen" >&2; return 1; }
}

make --no-print-directory .cache/bin/gofumpt .cache/bin/golangci-lint
go build -o .cache/bin/rainmaker ./cmd/rainmaker
step 'format (gofumpt)' format
step 'linters (golangci-lint)' .cache/bin/golangci-lint run ./...
step 'laws and budgets (archtest)' go test -count=1 ./internal/archtest
step 'docs/config.md' same docs/config.md .cache/bin/rainmaker config docs
step 'docs/openapi.json' same docs/openapi.json .cache/bin/rainmaker openapi
if [ -f web/package.json ]; then
  if command -v npm >/dev/null; then
    scripts/npm.sh
    step 'web (biome, tsc, layers)' npm --prefix web run --silent check
    step 'web/src/api types' bash -c 'cd web && npm run --silent gen -- --check'
  else
    echo 'skip  web: Node 20.19 or newer with npm is needed'
  fi
fi
exit $failed
