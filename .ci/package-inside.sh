#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# .ci/package-inside.sh build|try: the part of .ci/package.sh that runs in the
# chroot, as root, in a copy of the tree. build leaves the packages in the folder
# above, try takes them from /root/packages.
set -u
. examples/setup.sh

passed=0 failed=0

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

finish ()
{
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
}

# Their output is long, and of interest only when they fail.
quietly ()
{
  local log
  log=$(mktemp)
  "$@" > "$log" 2>&1 && return
  tail -n 60 "$log"
  return 1
}

install_build_depends ()
{
  veo_apt update && veo_apt --no-install-recommends build-dep ./ &&
    veo_apt --no-install-recommends install lintian
}

# The suite is run elsewhere, in other stages of .ci/run.
build_packages ()
{
  DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" dpkg-buildpackage -us -uc
}

no_lintian_errors ()
{
  lintian --allow-root --fail-on error ../veosrc_*.changes
}

build ()
{
  export DEB_BUILD_PROFILES=nocheck
  check "the build dependencies can be installed" quietly install_build_depends
  check "dpkg-buildpackage" quietly build_packages
  check "lintian finds no errors" no_lintian_errors
  finish
}

install_packages ()
{
  veo_apt update && veo_apt --no-install-recommends install /root/packages/*.deb gstreamer1.0-tools
}

start_service ()
{
  local i
  export VEO_API_KEY=package-key
  VEO_SIM_API_KEY=$VEO_API_KEY veo-sim --port 0 --task video_package --duration 2 \
    > "$work/veo-sim.log" 2>&1 < /dev/null &
  sim=$!
  for ((i = 0; i < 300; i++)); do
    VEO_BASE_URL=$(sed -n 's/.*listening on \(http[^ ]*\).*/\1/p' "$work/veo-sim.log" | head -n 1)
    export VEO_BASE_URL
    [ -z "$VEO_BASE_URL" ] || return 0
    kill -0 "$sim" 2> /dev/null || break
    sleep 0.1
  done
  cat "$work/veo-sim.log"
  return 1
}

container ()
{
  timeout 60 gst-launch-1.0 -q veosrc task-id=video_package output=container ! \
    filesink location="$work/container.mp4"
}

decoded ()
{
  timeout 60 gst-launch-1.0 -q veosrc task-id=video_package output=decoded ! fakesink
}

fetched ()
{
  echo video_package | timeout 60 /usr/libexec/veo-examples/fetch --directory "$work/clips"
}

# A box called ftyp begins every MP4 file.
is_mp4 ()
{
  [ "$(dd if="$1" bs=1 skip=4 count=4 2> /dev/null)" = ftyp ]
}

try ()
{
  work=$(mktemp -d)
  check "the packages can be installed" quietly install_packages
  check "GStreamer knows veosrc" quietly gst-inspect-1.0 veosrc
  check "veo-sim starts" start_service
  check "gst-launch-1.0 saves the clip" container
  check "the file is an MP4" is_mp4 "$work/container.mp4"
  check "gst-launch-1.0 plays the clip" decoded
  check "fetch ends well" fetched
  check "fetch saved the same file" cmp "$work/container.mp4" "$work/clips/video_package.mp4"
  kill "$sim"
  finish
}

case ${1:-} in
  build | try) "$1" ;;
  *) echo "Usage: .ci/package-inside.sh build|try" >&2; exit 2 ;;
esac
