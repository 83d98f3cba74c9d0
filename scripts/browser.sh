#!/usr/bin/env bash
# Makes sure that a Chromium is there for the tests of the web app. As root on
# Debian it is installed with apt-get. Exit 1 and one line when there is none.
set -euo pipefail

if [ -n "${CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'installing Chromium with apt-get' >&2
  export DEBIAN_FRONTEND=noninteractive
  if apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends chromium >/dev/null; then
    exit 0
  fi
fi
exit 1
