#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs what is missing, builds, runs the tests, prints a summary.
set -u
cd "$(dirname "$0")/.." || exit 1
. examples/setup.sh

usage ()
{
  cat << EOF
Usage: tests/run.sh [MESON TEST ARGUMENT...]

Installs the missing Debian packages (as root or with sudo), builds, and runs
every test, or those named: tests/run.sh pure_url, tests/run.sh --suite pure.
The last line is "N passed, N failed", ", N skipped" after it if any were. Its
numbers are single checks, not programs. Exit status 0 only if none failed and
at least one passed.

Environment:
  BUILD_DIR      the build folder (b)
  MESON_OPTIONS  given to meson setup when the folder is new
  NO_INSTALL     set to 1 to install nothing
EOF
}

case ${1:-} in
  -h | --help) usage; exit 0 ;;
esac

build=${BUILD_DIR:-b}
[ "${NO_INSTALL:-0}" = 1 ] || veo_install build run test
# shellcheck disable=SC2086
veo_build . "$build" ${MESON_OPTIONS:-}
build=$(cd "$build" && pwd)

# A plugin registry of our own: the user's stays as it is, and it is filled
# once here instead of by all the first tests at the same time. A plugin with a
# sanitizer inside can be loaded only after the sanitizer's library.
export GST_REGISTRY=$build/tests/registry.bin GST_PLUGIN_PATH=$build/gst
export GSETTINGS_BACKEND=memory
if grep -q -e -fsanitize=.*address "$build/build.ninja"; then
  export GST_REGISTRY_FORK=no
  LD_PRELOAD=$(cc -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 \
    gst-inspect-1.0 --exists fakesink
else
  gst-inspect-1.0 --exists fakesink
fi

veo_say "Testing"
rm -f "$build"/meson-logs/testlog*.json
meson test -C "$build" --no-rebuild "$@" < /dev/null
echo
exec /usr/bin/python3 tests/count.py "$build"/meson-logs/testlog*.json
