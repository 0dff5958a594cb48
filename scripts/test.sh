#!/usr/bin/env bash
# npm test: set up, then every test. Arguments go to vitest (a path, -t name).
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh test
npx vitest run "$@"
[ $# -gt 0 ] || node scripts/not-tested.mjs
