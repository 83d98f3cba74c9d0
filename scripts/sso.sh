#!/usr/bin/env bash
# Installs what the tests of single sign-on talk to: an OpenID Connect provider
# (npm). Says in one line each what will not be tried without it.
set -euo pipefail
cd "$(dirname "$0")/../test/sso"

stamp=node_modules/.package-lock.json
if ! command -v npm >/dev/null; then
  echo 'signing in at oidc-provider will not be tried: Node 20 or newer with npm is needed' >&2
elif [ ! -f "$stamp" ] || [ package-lock.json -nt "$stamp" ]; then
  npm ci --no-audit --no-fund --loglevel=error >&2
  touch "$stamp"
fi
