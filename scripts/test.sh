#!/usr/bin/env bash
# Runs every test there is and says how many passed. What cannot run on this
# machine is said in one line each, never silently left out.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
mkdir -p test-results
scripts/postgres.sh
scripts/redis.sh
scripts/sso.sh

# A test adds its name to this file when it takes a real database.
RAINMAKER_TEST_COUNT_FILE=$(mktemp)
export RAINMAKER_TEST_COUNT_FILE
trap 'rm -f "$RAINMAKER_TEST_COUNT_FILE"' EXIT

echo '== Go'
go build -o .cache/bin/summary ./test/summary
# Tests that took a database must run anew to be counted, hence -count=1.
go test -count=1 -timeout 10m -json ./... 2>test-results/go.err | .cache/bin/summary >test-results/go.txt || failed=1
cat test-results/go.txt
if [ -s test-results/go.err ]; then cat test-results/go.err >&2; fi
stored=$(sort -u "$RAINMAKER_TEST_COUNT_FILE" | wc -l)
echo "$stored tests ran against real PostgreSQL"

echo '== Web'
if [ ! -f web/package.json ]; then
  echo 'no web app here'
elif command -v npm >/dev/null; then
  scripts/npm.sh
  (cd web && npm test --silent) || failed=1
  make --no-print-directory web || failed=1
else
  echo 'web tests did not run: Node 20.19 or newer with npm is needed'
fi

echo '== Browser'
scripts/e2e-web.sh || failed=1

for suite in test/e2e test/crash; do
  if [ -x "$suite/run.sh" ]; then
    echo "== ${suite#test/}"
    "$suite/run.sh" || failed=1
  fi
done

echo "== $(tail -n 1 test-results/go.txt); $stored against real PostgreSQL; $([ $failed = 0 ] && echo everything passed || echo SOMETHING FAILED)"
exit $failed
