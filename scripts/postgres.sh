#!/usr/bin/env bash
# Makes sure that PostgreSQL binaries are there. The program finds installed ones
# by itself and downloads its own otherwise; as root on Debian the system's
# package comes first, because it brings updates.
set -euo pipefail

if command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'installing PostgreSQL with apt-get' >&2
  export DEBIAN_FRONTEND=noninteractive
  # The program runs servers of its own: no system-wide one, please.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  if apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold postgresql >/dev/null; then
    exit 0
  fi
  echo 'apt-get could not install PostgreSQL: the program will download it' >&2
fi
