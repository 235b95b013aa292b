#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The suite under ThreadSanitizer. GLib's locks are made of atomics that the
# sanitizer sees only if GLib has it inside too; so has GStreamer's core here.
# Both are built once, from Debian's sources of the very versions installed.
set -u
cd "$(dirname "$0")/.." || exit 1
. examples/setup.sh

usage ()
{
  cat << EOF
Usage: .ci/threads.sh [NAME...]

Builds GLib and GStreamer's core with ThreadSanitizer, kept in
\${XDG_CACHE_HOME:-~/.cache}/veosrc, then this tree in b-tsan, and runs the tests
with threads, or those named, by tests/threadcheck.py. Exit status 77: the
sources cannot be had, the reason is said.
EOF
}

skip ()
{
  veo_say "Skipped: $*"
  exit 77
}

# A private apt with deb-src lines for what this machine's apt reads binaries
# from; nothing of the machine's own is changed.
apt_source ()
{
  local state=$1
  shift
  apt-get -q -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=- \
    -o Dir::State::Lists="$state/lists" -o APT::Sandbox::User=root "$@"
}

list_sources ()
{
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
    sort -u | while read -r release uri; do
      case $release in
        "$1" | "$1"-updates | "$1"-security)
          echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $release main" ;;
      esac
    done
}

# get_sources FOLDER: unpacked as FOLDER/glib and FOLDER/gstreamer
get_sources ()
{
  local work=$1 here package
  here=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  mkdir -p "$work/apt/lists/partial"
  list_sources "$here" > "$work/apt/sources.list"
  apt_source "$work/apt" update || return 1
  for package in glib2.0=$glib gstreamer1.0=$gstreamer; do
    (cd "$work" && apt_source "$work/apt" source --only-source --download-only "$package") || return 1
  done
  dpkg-source --no-check -x "$work"/glib2.0_*.dsc "$work/glib" &&
    dpkg-source --no-check -x "$work"/gstreamer1.0_*.dsc "$work/gstreamer"
}

# build_one SOURCE BUILD PREFIX OPTION...
build_one ()
{
  local source=$1 build=$2 prefix=$3
  shift 3
  meson setup "$build" "$source" --prefix="$prefix" --libdir=lib --buildtype=plain \
    -Db_sanitize=thread -Db_lundef=false -Dnls=disabled "$@" &&
    ninja -C "$build" install
}

build_libraries ()
{
  local work=$1 prefix=$2
  export CFLAGS='-g1 -O1' TSAN_OPTIONS=report_bugs=0
  build_one "$work/glib" "$work/b-glib" "$prefix" \
    -Dtests=false -Dselinux=disabled -Dlibmount=disabled || return 1
  PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib \
    build_one "$work/gstreamer" "$work/b-gstreamer" "$prefix" \
    -Dtests=disabled -Dexamples=disabled -Dbenchmarks=disabled -Dintrospection=disabled \
    -Ddoc=disabled -Dptp-helper-permissions=none
}

case ${1:-} in
  -h | --help) usage; exit 0 ;;
  -*) usage >&2; exit 2 ;;
esac
command -v dpkg-source > /dev/null || skip "dpkg-dev is not installed"
glib=$(dpkg-query -W -f '${source:Version}' libglib2.0-dev) || skip "this is no Debian"
gstreamer=$(dpkg-query -W -f '${source:Version}' libgstreamer1.0-dev) || skip "this is no Debian"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/veosrc
prefix=$cache/threads-$glib-$gstreamer
if [ ! -x "$prefix/bin/gst-inspect-1.0" ]; then
  work=$(mktemp -d -p /var/tmp veosrc.XXXXXX)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  veo_say "Getting the sources of GLib $glib and GStreamer $gstreamer"
  if ! get_sources "$work" > "$work/log" 2>&1; then
    tail -n 20 "$work/log"
    skip "the sources of GLib and GStreamer cannot be had"
  fi
  veo_say "Building them with ThreadSanitizer"
  rm -rf "$prefix"
  if ! build_libraries "$work" "$prefix" > "$work/log" 2>&1; then
    tail -n 60 "$work/log"
    veo_die "GLib and GStreamer could not be built with ThreadSanitizer"
  fi
fi

# Modules and plugins are the system's, without a sanitizer; the programs are not:
# gst-launch-1.0 can load the plugin only with the sanitizer inside.
GIO_EXTRA_MODULES=$(pkg-config --variable=giomoduledir gio-2.0)
GST_PLUGIN_SYSTEM_PATH=$prefix/lib/gstreamer-1.0:$(pkg-config --variable=pluginsdir gstreamer-1.0)
export GIO_EXTRA_MODULES GST_PLUGIN_SYSTEM_PATH
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib PATH=$prefix/bin:$PATH
TSAN_OPTIONS=report_bugs=0 veo_build . b-tsan -Db_sanitize=thread -Db_lundef=false -Dexamples=enabled
# Once, instead of in all the first tests at the same time
GST_REGISTRY=$PWD/b-tsan/tests/registry.bin GST_PLUGIN_PATH=$PWD/b-tsan/gst \
  TSAN_OPTIONS=report_bugs=0 gst-inspect-1.0 --exists fakesink
veo_say "Testing"
exec tests/threadcheck.py b-tsan "$@"
