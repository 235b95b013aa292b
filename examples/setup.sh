#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Which Debian packages veosrc needs, and a build with them. Run it to install
# sets of packages, or source it from another script.

# To compile everything: plugin, stand-in service, tests and benchmarks.
veo_packages_build="gcc libc6-dev meson ninja-build pkgconf libgstreamer1.0-dev
  libgstreamer-plugins-base1.0-dev libsoup-3.0-dev libjson-glib-dev"

# To make and play a clip: souphttpsrc, qtdemux and mp4mux are in -good,
# h264parse in -bad, x264enc in -ugly, the H.264 decoder and the AAC codecs in
# -libav, ximagesink in -x.
veo_packages_run="gstreamer1.0-tools gstreamer1.0-plugins-base
  gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
  gstreamer1.0-libav gstreamer1.0-x ca-certificates"

# What the tests start besides: gst-play-1.0 is in -base-apps, the windows of the
# documentation's commands open in Xvfb.
veo_packages_test="python3 python3-yaml gstreamer1.0-plugins-base-apps xvfb"

# The slower checks of .ci/run.
veo_packages_ci="clang libclang-rt-dev cppcheck valgrind libc6-dbg indent
  git debootstrap debian-archive-keyring util-linux dpkg-dev bison flex
  libffi-dev libpcre2-dev zlib1g-dev libgtk-4-dev python3-pip gdb clang-tidy
  nginx-light tinyproxy faketime iproute2 nftables openssl gcovr"
# Later Debians have it no more.
! grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release ||
  veo_packages_ci="$veo_packages_ci libsoup2.4-1"

veo_say ()
{
  printf '== %s\n' "$*"
}

veo_die ()
{
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# The packages of the named sets that are not installed.
veo_missing ()
{
  local set list package
  for set in "$@"; do
    list=veo_packages_$set
    [ -n "${!list:-}" ] || veo_die "there is no package set called $set"
    for package in ${!list}; do
      [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] ||
        printf '%s\n' "$package"
    done
  done
}

# Become root for one command.
veo_root ()
{
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

veo_apt ()
{
  veo_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" < /dev/null
}

# Install what the named sets lack; does and says nothing when that is nothing.
veo_install ()
{
  local missing log
  if ! command -v dpkg-query > /dev/null; then
    veo_say "This is no Debian, so nothing is installed. Debian's names of what is needed are in examples/setup.sh"
    return 0
  fi
  mapfile -t missing < <(veo_missing "$@")
  [ ${#missing[@]} -gt 0 ] || return 0

  if [ "$(id -u)" -ne 0 ] && ! command -v sudo > /dev/null; then
    veo_die "packages are missing, and there is neither root nor sudo to install them. As root: apt-get install --no-install-recommends ${missing[*]}"
  fi
  veo_say "Installing the packages that are missing (${#missing[@]}): ${missing[*]}"
  log=$(mktemp)
  veo_apt update > "$log" 2>&1 || veo_say "Some package lists could not be read; going on with the others"
  if ! veo_apt install --no-install-recommends "${missing[@]}" >> "$log" 2>&1; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    veo_die "the packages could not be installed (see above). As root: apt-get install --no-install-recommends ${missing[*]}"
  fi
  rm -f "$log"
}

# veo_build SOURCE BUILD [MESON OPTION...]: configure once, compile what changed.
veo_build ()
{
  local source=$1 build=$2 log
  shift 2
  log=$build/build.log
  mkdir -p "$build" || veo_die "the build folder $build cannot be made"
  if [ ! -f "$build/build.ninja" ]; then
    veo_say "Configuring in $build"
    if ! meson setup "$build" "$source" "$@" > "$log" 2>&1; then
      cat "$log" >&2
      veo_die "meson setup failed (see above)"
    fi
  fi
  veo_say "Building in $build"
  if ! ninja -C "$build" > "$log" 2>&1; then
    tail -n 60 "$log" >&2
    veo_die "the build failed (see above)"
  fi
}

veo_setup_main ()
{
  case ${1:-} in
    build | run | test | ci) veo_install "$@" && veo_say "Everything for $* is installed" ;;
    *)
      cat << EOF
Usage: ${0##*/} SET...

Installs Debian packages that are missing, as root or with sudo. The sets:
  build  compile the plugin, veo-sim, tests and benchmarks
  run    make and play clips
  test   what the tests start besides
  ci     the slower checks of .ci/run
EOF
      case ${1:-} in -h | --help) ;; *) exit 2 ;; esac
      ;;
  esac
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -eu
  veo_setup_main "$@"
fi
