#!/usr/bin/env bash
# Everything between a fresh clone and a built Gantry: system packages, npm packages, the native part, the TypeScript.
#   scripts/setup.sh         what running needs
#   scripts/setup.sh test    what the tests need as well (peers, base systems)
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[2m%s\033[0m\n' "$*"; }
die() { printf '\033[31m%s\033[0m\n' "$1" >&2; shift; for line in "$@"; do printf '  %s\n' "$line" >&2; done; exit 1; }

[ "$(uname -s)" = Linux ] || die "Gantry runs on Linux; this is $(uname -s)." "Use a Linux machine, a virtual machine or WSL 2."
case "$(uname -m)" in x86_64 | aarch64) ;; *) die "Gantry runs on x86_64 and aarch64; this is $(uname -m)." ;; esac
release=$(uname -r); major=${release%%.*}; rest=${release#*.}; minor=${rest%%[!0-9]*}
if [ "$major" -lt 5 ] || { [ "$major" -eq 5 ] && [ "$minor" -lt 19 ]; }; then
  die "Gantry needs Linux 5.19 or newer (id-mapped layers under an overlay); this is $release." "Debian 12 and Ubuntu 24.04 have newer ones."
fi
[ "$(id -u)" = 0 ] || die "Gantry needs root on this machine for now." "Run it with sudo, or in a root shell."
command -v node >/dev/null || die "Node.js is missing." "Install Node.js 20.19 or newer."
node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=19)?0:1)' \
  || die "Gantry needs Node.js 20.19 or newer; this is $(node --version)."

need=()
want() { command -v "$1" >/dev/null 2>&1 || need+=("$2"); }
have_file() { [ -e "$1" ] || need+=("$2"); }
want g++ g++
want make make
want cmake cmake
if [ "${1:-}" = test ]; then
  [ -x /bin/busybox ] || [ -x /usr/bin/busybox ] || need+=(busybox-static)
  want crun crun
  want runc runc
  want debootstrap debootstrap
  want strace strace
  want gcc gcc
  want tar tar
  want mke2fs e2fsprogs
  [ "$(uname -m)" != x86_64 ] || want qemu-system-x86_64 qemu-system-x86
  have_file /usr/include/seccomp.h libseccomp-dev
  have_file /usr/bin/python3 python3
fi
if [ ${#need[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || die "Missing on this machine: ${need[*]}" "Install them with your package manager, then run this again."
  say "installing ${need[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi
if [ "${1:-}" = test ] && ! /bin/busybox true 2>/dev/null; then die "busybox-static is needed by the tests and could not be had."; fi

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say "npm ci"
  npm ci --loglevel=error --no-audit --no-fund >/dev/null
fi
say "building"
npm run --silent build >/tmp/gantry-build.$$.log 2>&1 || { cat /tmp/gantry-build.$$.log >&2; rm -f /tmp/gantry-build.$$.log; die "The build failed; see above."; }
rm -f /tmp/gantry-build.$$.log
