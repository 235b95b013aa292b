#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Debian packages of one suite: built and looked at by lintian in a minimal
# chroot, installed and used in another one.
set -u
cd "$(dirname "$0")/.." || exit 1
. examples/setup.sh

usage ()
{
  cat << EOF
Usage: .ci/package.sh SUITE

SUITE is a Debian suite, bookworm or trixie. The last line is "N passed, N failed".
Needs root or sudo. Exit status 77: it cannot be done here, the reason is said.
EOF
}

case ${1:-} in
  -h | --help) usage; exit 0 ;;
  '' | -*) usage >&2; exit 2 ;;
esac
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2> /dev/null || { veo_say "Skipped: a chroot needs root, and sudo does not allow it"; exit 77; }
  exec sudo -n env XDG_CACHE_HOME="${XDG_CACHE_HOME:-$HOME/.cache}" "$0" "$@"
fi
suite=$1
passed=0 failed=0
work=$(mktemp -d -p /var/tmp veosrc.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# check WHAT COMMAND...: one counted check
check ()
{
  local what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok: $what"
  else
    failed=$((failed + 1))
    echo "not ok: $what"
  fi
}

# The suite is not run once more: it has had a stage of its own.
# shellcheck disable=SC2016
build='export DEBIAN_FRONTEND=noninteractive DEB_BUILD_OPTIONS=nocheck
  { apt-get -q update && apt-get -y -q install --no-install-recommends dpkg-dev lintian &&
    apt-get -y -q --no-install-recommends build-dep . && dpkg-buildpackage -us -uc; } > ../build.log 2>&1 ||
    { tail -n 40 ../build.log; exit 1; }
  echo "== Built"
  lintian --allow-root --fail-on error ../*.changes && echo "== Lintian is content"'

# In the other chroot, where nothing of the tree was built.
# shellcheck disable=SC2016
use='export DEBIAN_FRONTEND=noninteractive VEO_API_KEY=package-key GST_REGISTRY=/tmp/registry.bin
  { apt-get -q update && apt-get -y -q install --no-install-recommends ../*.deb gstreamer1.0-tools \
    gstreamer1.0-plugins-bad gstreamer1.0-libav ca-certificates; } > ../install.log 2>&1 || { tail -n 40 ../install.log; exit 1; }
  cd /tmp && echo "== Installed"
  gst-inspect-1.0 veosrc > /dev/null && echo "== Found"
  VEO_SIM_API_KEY=$VEO_API_KEY veo-sim --port 8111 --task video_a --task video_b --seconds 1 --size 320x240 \
    --duration 500ms > sim.log 2>&1 &
  for i in $(seq 600); do grep -q listening sim.log && break; sleep 0.1; done
  export VEO_BASE_URL=http://127.0.0.1:8111
  timeout 60 gst-launch-1.0 veosrc task-id=video_a ! fakesink | grep "Got EOS" && echo "== Played"
  timeout 60 gst-launch-1.0 -q veosrc task-id=video_a output=container ! filesink location=clip.mp4 &&
    head -c 12 clip.mp4 | grep -q ftyp && echo "== Saved"
  timeout 60 /usr/libexec/veo-examples/fetch --directory clips video_a video_b && cmp clip.mp4 clips/video_a.mp4 &&
    test -s clips/video_b.mp4 && echo "== Fetched"'

has ()
{
  grep -q "^== $1" "$work/log"
}

veo_say "Building the packages in $suite"
CHROOT=$work/build .ci/chroot.sh "$suite" sh -c "$build" 2>&1 | tee "$work/log"
[ "${PIPESTATUS[0]}" -ne 77 ] || exit 77
check "the packages are built" has Built
check "lintian finds no error" has Lintian
check "there are two of them" test "$(find "$work/build/root" -name '*.deb' ! -name '*-dbgsym_*' | wc -l)" -eq 2

veo_say "Using them in $suite"
CHROOT=$work/use .ci/chroot.sh "$suite" true
find "$work/build/root" -maxdepth 1 -name '*.deb' ! -name '*-dbgsym_*' -exec cp {} "$work/use/root/" \;
.ci/enter.sh "$work/use" sh -c "$use" < /dev/null 2>&1 | tee "$work/log"
check "they can be installed" has Installed
check "the element is found" has Found
check "a clip plays" has Played
check "a clip is saved" has Saved
check "the example fetches" has Fetched
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
