#!/bin/sh
# usage: run-tests.sh fast|s3|prometheus|nightly [vitest arguments]: sets up, then runs the suite on the Node 24 that came along.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)
sh "$root/scripts/setup.sh"
suite=$1
shift
cd "$root"
[ "$suite" = s3 ] || PATH=$(sh scripts/kubectl.sh):$PATH
PATH=$root/node_modules/node/bin:$PATH LABELMILL_TEST_SUITE=$suite exec node node_modules/vitest/vitest.mjs run "$@"
