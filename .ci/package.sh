#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Debian packages: built and checked by lintian in one minimal chroot, then
# installed and run in another that has never seen the tree's build.
set -u
cd "$(dirname "$0")/.." || exit 1
. examples/setup.sh

usage ()
{
  cat << USAGE
Usage: .ci/package.sh SUITE [FOLDER]

SUITE is a Debian suite, bookworm or trixie. The packages are copied to FOLDER,
if it is given. The last line is "N passed, N failed". Needs root or sudo. Exit
status 77: it cannot be done here, the reason is said.
USAGE
}

case ${1:-} in
  -h | --help) usage; exit 0 ;;
  '' | -*) usage >&2; exit 2 ;;
esac
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2> /dev/null; then
    veo_say "Skipped: a chroot needs root, and sudo does not allow it"
    exit 77
  fi
  exec sudo -n env XDG_CACHE_HOME="${XDG_CACHE_HOME:-$HOME/.cache}" "$0" "$@"
fi

suite=$1
folder=${2:-}
work=$(mktemp -d -p /var/tmp veosrc.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What a step counted comes in its last line. One that ends before it prints that
# has failed once more.
passed=0 failed=0
count ()
{
  local status=$1 log=$2 p f
  read -r p f < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log" | tail -n 1)
  [ "$status" -eq 0 ] || [ "${f:-0}" -gt 0 ] || f=1
  passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0}))
}

finish ()
{
  veo_say "This took $SECONDS s"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

CHROOT=$work/build .ci/chroot.sh "$suite" .ci/package-inside.sh build 2>&1 | tee "$work/build.log"
status=${PIPESTATUS[0]}
[ "$status" -ne 77 ] || exit 77
count "$status" "$work/build.log"
debs=("$work"/build/root/*.deb)
[ -f "${debs[0]}" ] || finish
if [ -n "$folder" ]; then
  mkdir -p "$folder" && cp "${debs[@]}" "$folder/"
fi

# -dbgsym packages are built as well, and nobody installs them unasked.
if CHROOT=$work/try .ci/chroot.sh "$suite" true; then
  mkdir "$work/try/root/packages"
  for deb in "${debs[@]}"; do
    case $deb in *-dbgsym_*) ;; *) cp "$deb" "$work/try/root/packages/" ;; esac
  done
  .ci/enter.sh "$work/try" .ci/package-inside.sh try < /dev/null 2>&1 | tee "$work/try.log"
  count "${PIPESTATUS[0]}" "$work/try.log"
else
  failed=$((failed + 1))
fi
finish
