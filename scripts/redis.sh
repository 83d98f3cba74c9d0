#!/usr/bin/env bash
# Makes sure that redis-server is there, for the tests of limits that processes
# share. Without it they run against a Redis written in Go alone, and say so.
set -euo pipefail

if command -v redis-server >/dev/null; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'installing redis-server with apt-get' >&2
  export DEBIAN_FRONTEND=noninteractive
  # No system-wide server is to be started: tests run their own.
  if apt-get update -qq >/dev/null && RUNLEVEL=1 apt-get install -y -qq --no-install-recommends redis-server >/dev/null; then
    exit 0
  fi
fi
echo 'no redis-server: limits are tested against miniredis only' >&2
