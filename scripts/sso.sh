#!/usr/bin/env bash
# Installs what the tests of single sign-on talk to: an OpenID Connect provider
# (npm) and what signs SAML answers (apt). Says in one line each what will not be tried without it.
set -euo pipefail
cd "$(dirname "$0")/../test/sso"

stamp=node_modules/.package-lock.json
if ! command -v npm >/dev/null; then
  echo 'signing in at oidc-provider will not be tried: Node 20 or newer with npm is needed' >&2
elif [ ! -f "$stamp" ] || [ package-lock.json -nt "$stamp" ]; then
  npm ci --no-audit --no-fund --loglevel=error >&2
  touch "$stamp"
fi

# xmlsec1 signs SAML answers in tests, independently of what reads them.
if ! command -v xmlsec1 >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'installing xmlsec1 with apt-get' >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends xmlsec1 >/dev/null || true
fi
command -v xmlsec1 >/dev/null || echo 'SAML will not be tried against answers signed by xmlsec1: it is not installed (apt-get install xmlsec1)' >&2
