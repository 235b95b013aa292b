#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Both commands of the README on a system with nothing installed: a minimal
# debootstrap chroot, from the package mirror that this machine itself uses.
set -u
cd "$(dirname "$0")/.." || exit 1
. examples/setup.sh

usage ()
{
  cat << EOF
Usage: .ci/chroot.sh SUITE [COMMAND...]

SUITE is a Debian suite, bookworm or trixie. In a fresh minimal chroot of it, a
copy of this tree runs tests/run.sh and examples/demo.sh, or COMMAND instead.
Needs root or sudo. Exit status 77: it cannot be done here, the reason is said.

Environment:
  CHROOT   make the chroot in this folder and leave it there for .ci/enter.sh;
           the folder must be new. Otherwise it is a temporary one.

Minimal systems are kept in \${XDG_CACHE_HOME:-~/.cache}/veosrc for a month.
EOF
}

skip ()
{
  veo_say "Skipped: $*"
  exit 77
}

# The base URIs that apt reads a suite of this machine from. It must not depend
# on downloaded lists: images come without them.
mirrors_of ()
{
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
    sed -n "s/^$1 //p" | sort -u
}

# Print the sources.list of the chroot.
sources ()
{
  local suite=$1 here=$2 part uri
  for part in "" -updates -security; do
    for uri in $(mirrors_of "$here$part"); do
      echo "deb $uri $suite$part main"
    done
  done
}

# Name resolution, proxies and certificates as this machine's apt has them.
copy_network ()
{
  local root=$1
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2> /dev/null
  apt-config dump | grep -E '^Acquire::(http|https|Check|.*[Pp]roxy)' > "$root/etc/apt/apt.conf.d/99host"
  if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
    mkdir -p "$root/etc/ssl"
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/host.crt"
    echo 'Acquire::https::CAInfo "/etc/ssl/host.crt";' >> "$root/etc/apt/apt.conf.d/99host"
  fi
}

make_base ()
{
  local suite=$1 mirror=$2 tarball=$3 base=$4
  veo_say "Making a minimal $suite"
  if ! debootstrap --variant=minbase "$suite" "$base" "$mirror" > "$base.log" 2>&1; then
    tail -n 30 "$base.log" >&2
    veo_die "debootstrap failed (see above)"
  fi
  tar -C "$base" -cf "$tarball.$$" . && mv "$tarball.$$" "$tarball"
}

# The files git knows or would add, as they are now.
copy_tree ()
{
  mkdir -p "$1"
  git -c safe.directory='*' ls-files -z --cached --others --exclude-standard |
    tar --null --files-from=- --ignore-failed-read -cf - 2> /dev/null | tar -C "$1" -xf -
}

case ${1:-} in
  -h | --help) usage; exit 0 ;;
  '' | -*) usage >&2; exit 2 ;;
esac
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2> /dev/null || skip "a chroot needs root, and sudo does not allow it"
  exec sudo -n env XDG_CACHE_HOME="${XDG_CACHE_HOME:-$HOME/.cache}" CHROOT="${CHROOT:-}" "$0" "$@"
fi

suite=$1
shift
here=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
command -v debootstrap > /dev/null || skip "debootstrap is not installed"
unshare --mount --pid --fork true 2> /dev/null || skip "namespaces are not permitted here"
mirror=$(mirrors_of "$here" | head -n 1)
case $mirror in
  http://* | https://* | file:/*) ;;
  *) skip "apt has no mirror of $here that debootstrap can use" ;;
esac

cache=${XDG_CACHE_HOME:-$HOME/.cache}/veosrc
tarball=$cache/$suite.tar
mkdir -p "$cache"
find "$tarball" -mtime +30 -delete 2> /dev/null
if [ -n "${CHROOT:-}" ]; then
  [ ! -e "$CHROOT" ] || veo_die "$CHROOT is there already"
  work= root=$CHROOT
else
  work=$(mktemp -d -p /var/tmp veosrc.XXXXXX) root=$work/$suite
  trap 'rm -rf --one-file-system "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
fi
mkdir -p "$root"
if [ -f "$tarball" ]; then
  tar -C "$root" -xf "$tarball"
else
  make_base "$suite" "$mirror" "$tarball" "$root"
fi
chmod 755 "$root"
copy_network "$root"
sources "$suite" "$here" > "$root/etc/apt/sources.list"
copy_tree "$root/root/veosrc"

if [ $# -eq 0 ]; then
  set -- sh -c 'examples/setup.sh build && meson setup b > /tmp/setup.log && ninja --quiet -C b &&
    echo "== Built with only the -dev packages" && tests/run.sh && examples/demo.sh'
fi
# Not exec: the trap removes the chroot
.ci/enter.sh "$root" "$@" < /dev/null
