#!/usr/bin/env bash
# Installs prometheus and promtool from Debian where they are missing. The service that comes along is left alone.
set -euo pipefail
if command -v prometheus promtool >/dev/null; then exit 0; fi
[ "$(id -u)" = 0 ] || { echo 'Prometheus is missing: apt-get install --no-install-recommends prometheus' >&2; exit 1; }
apt-get update -qq >&2
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends prometheus >&2
