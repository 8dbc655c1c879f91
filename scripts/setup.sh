#!/bin/sh
# Installs what labelmill needs and does not find: its packages (which bring Node 24 along) and redis-server.
# Quick when nothing is missing. Needs: Node.js 20 or newer, with npm.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)
stamp=$root/node_modules/.labelmill-lock
pnpm=pnpm@12.21.0

say() { printf 'labelmill: %s\n' "$*" >&2; }
fail() { say "$*"; exit 2; }

if ! cmp -s "$root/pnpm-lock.yaml" "$stamp" || [ ! -x "$root/node_modules/node/bin/node" ]; then
  command -v npx >/dev/null 2>&1 || fail "Node.js 20 or newer with npm is needed: see https://nodejs.org/en/download [node_missing]"
  say "first use: installing packages (about a minute)"
  log=$(mktemp)
  if ! (cd "$root" && CI=true npx --yes "$pnpm" install --frozen-lockfile) >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "installing packages failed; the lines above say why [install_failed]"
  fi
  rm -f "$log"
  cp "$root/pnpm-lock.yaml" "$stamp"
fi

if ! command -v redis-server >/dev/null 2>&1; then
  if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
      sudo=
    elif command -v sudo >/dev/null 2>&1 && [ -t 0 ]; then
      printf 'labelmill: redis-server is missing. Install it now with "sudo apt-get install redis-server"? [y/N] ' >&2
      read -r answer
      case $answer in y | Y | yes) sudo=sudo ;; *) fail "install redis-server and start again: apt-get install redis-server [redis_missing]" ;; esac
    else
      fail "redis-server is missing: install it with apt-get install redis-server [redis_missing]"
    fi
    say "first use: installing redis-server"
    # Debian starts the service on install; labelmill runs its own and leaves that one alone.
    $sudo apt-get update -qq >/dev/null 2>&1 || true
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server >/dev/null 2>&1 ||
      fail "apt-get could not install redis-server: install it by hand and start again [redis_missing]"
  elif command -v brew >/dev/null 2>&1; then
    say "first use: installing redis"
    brew install --quiet redis >/dev/null || fail "brew could not install redis: install it by hand and start again [redis_missing]"
  else
    fail "redis-server is missing: install Redis 7 or newer with your package manager [redis_missing]"
  fi
fi
