#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# .ci/enter.sh ROOT COMMAND...: run a command in a chroot, in /root/veosrc, as
# root. The mounts and every process it leaves behind end with it.
set -eu
if [ $# -lt 2 ]; then
  echo "Usage: .ci/enter.sh ROOT COMMAND..." >&2
  exit 2
fi
cd "$1"
shift
# shellcheck disable=SC2016
exec unshare --mount --pid --fork --kill-child bash -c '
  mount --make-rprivate /
  mount -t proc proc proc
  mount -t devpts devpts dev/pts
  mount -t tmpfs tmpfs dev/shm
  exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root LANG=C.UTF-8 TERM=dumb ${CI:+CI=$CI} \
    ${http_proxy:+http_proxy=$http_proxy} ${https_proxy:+https_proxy=$https_proxy} \
    ${no_proxy:+no_proxy=$no_proxy} \
    chroot . sh -c '\''cd /root/veosrc && exec "$@"'\'' sh "$@"' bash "$@"
