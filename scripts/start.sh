#!/usr/bin/env bash
# npm start: set up, then the quickstart.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh
exec node examples/quickstart.js
