#!/bin/bash
# Installs the tools that run.sh compares with, where they can be had: Alembic
# and Sqitch from Debian (needs root; left out otherwise), dbmate, node-pg-migrate
# and graphile-migrate from npm into a directory that git ignores.
#
#   test/bench/peers.sh [DIRECTORY]     default: test/bench/peers
#
# The benchmark runs without any of them.  What cannot be installed is named and
# left out.
set -uo pipefail
DIRECTORY=${1:-$(dirname "$0")/peers}

left_out() { printf 'left out: %s\n' "$1" >&2; }

debian=(python3-alembic python3-psycopg2 sqitch libdbd-pg-perl)
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
  left_out "${debian[*]} (only root can install them, on Debian or Ubuntu)"
else
  apt-get -qq update >/dev/null || printf 'apt-get update failed; going on with the lists that are there\n' >&2
  for package in "${debian[@]}"; do
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
      -o DPkg::Lock::Timeout=300 install "$package" >/dev/null </dev/null || left_out "$package"
  done
fi

if ! command -v npm >/dev/null; then
  left_out 'dbmate, node-pg-migrate, graphile-migrate (npm is not installed)'
else
  mkdir -p "$DIRECTORY"
  # pg is what node-pg-migrate leaves to its users to choose
  for packages in dbmate 'node-pg-migrate pg' graphile-migrate; do
    # shellcheck disable=SC2086
    npm install --prefix "$DIRECTORY" --no-audit --no-fund --loglevel=error $packages </dev/null ||
      left_out "${packages%% *}"
  done
fi
