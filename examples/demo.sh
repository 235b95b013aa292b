#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sets everything up and plays a clip with veosrc: from the bundled stand-in
# service, or a real task.
set -u
output_dir=$PWD
cd "$(dirname "$0")/.." || exit 1
. examples/setup.sh

usage ()
{
  cat << EOF
Usage: examples/demo.sh            play a clip of the bundled stand-in service (no account needed)
       examples/demo.sh TASK_ID    play a task of yours

Installs the missing Debian packages (as root or with sudo), builds, and plays
the task while its progress is shown. Without a display it plays to a fake sink
and leaves clip.mp4 and contact-sheet.png in the current folder.

Environment:
  VEO_API_KEY    your key, for a task of yours
  VEO_BASE_URL   the service's address, for a task of yours
  BUILD_DIR      the build folder (b)
  NO_INSTALL     set to 1 to install nothing

Exit status: 0 when the clip was played to its end, 130 after Ctrl-C.
EOF
}

work=
sim=
clean_up ()
{
  if [ -n "$sim" ]; then
    kill "$sim" 2> /dev/null
    wait "$sim" 2> /dev/null
    sim=
  fi
  [ -z "$work" ] || rm -rf "$work"
  work=
}

# Start the service on a free port of loopback; it prints where it listens.
start_service ()
{
  local i
  export VEO_API_KEY=demo-key
  veo_say "Starting the stand-in service"
  : > "$work/veo-sim.log"
  VEO_SIM_API_KEY=$VEO_API_KEY "$build"/examples/veo-sim/veo-sim --port 0 --task "$1" \
    --duration 4 > "$work/veo-sim.log" 2>&1 < /dev/null &
  sim=$!
  for ((i = 0; i < 150; i++)); do
    VEO_BASE_URL=$(sed -n 's/.*listening on \(http[^ ]*\).*/\1/p' "$work/veo-sim.log" | head -n 1)
    [ -z "$VEO_BASE_URL" ] || break
    kill -0 "$sim" 2> /dev/null || break
    sleep 0.1
  done
  if [ -z "$VEO_BASE_URL" ]; then
    cat "$work/veo-sim.log" >&2
    veo_die "the stand-in service did not start (see above)"
  fi
  export VEO_BASE_URL
}

# Show the line as a person would type it, then run it.
launch ()
{
  printf '$ gst-launch-1.0 %s\n' "$*"
  # shellcheck disable=SC2048,SC2086
  gst-launch-1.0 $* || failed $?
}

failed ()
{
  [ "$1" -lt 128 ] || exit "$1"
  veo_die "this did not work (exit status $1; the reason is above)"
}

have_display ()
{
  local socket
  if [ -n "${WAYLAND_DISPLAY:-}" ]; then
    return 0
  fi
  case ${DISPLAY:-} in
    '') return 1 ;;
    :*)
      socket=${DISPLAY#:}
      [ -S "/tmp/.X11-unix/X${socket%%.*}" ]
      ;;
  esac
}

# Every frame that falls on a full second as a PNG; then, side by side, four in
# a row, up to twelve of them.
contact_sheet ()
{
  local clip=$1 sheet=$2 frames count step i n width
  local -a header pick=() chain=(compositor 'name=sheet' 'background=black')
  gst-launch-1.0 -q filesrc location="$clip" ! decodebin ! videorate ! \
    video/x-raw,framerate=1/1 ! videoscale ! \
    video/x-raw,height=320,pixel-aspect-ratio=1/1 ! videoconvert ! pngenc ! \
    multifilesink location="$work/frame-%04d.png" || failed $?
  frames=("$work"/frame-*.png)
  count=${#frames[@]}
  step=$(((count + 11) / 12))
  for ((i = 0; i < count; i += step)); do pick+=("${frames[i]}"); done

  # The width of a PNG is at its byte 16, most significant byte first.
  read -r -a header < <(od -An -tu1 -j16 -N4 "${pick[0]}")
  width=$(((header[2] << 8) + header[3]))
  for n in "${!pick[@]}"; do
    chain+=("sink_$n::xpos=$(((n % 4) * (width + 4)))" "sink_$n::ypos=$(((n / 4) * 324))")
  done
  chain+=(! videoconvert ! pngenc snapshot=true ! filesink "location=$sheet")
  for n in "${!pick[@]}"; do
    chain+=(filesrc "location=${pick[n]}" ! pngdec ! videoconvert ! imagefreeze num-buffers=1 ! "sheet.sink_$n")
  done
  gst-launch-1.0 -q "${chain[@]}" || failed $?
}

task=video_demo
own_task=
case ${1:-} in
  -h | --help) usage; exit 0 ;;
  -*) usage >&2; exit 2 ;;
  ?*) task=$1 own_task=1 ;;
esac
[ $# -le 1 ] || { usage >&2; exit 2; }
if [ -n "$own_task" ] && [ -z "${VEO_API_KEY:-}" ]; then
  veo_say "VEO_API_KEY is not set: the service will probably refuse to answer"
fi

build=${BUILD_DIR:-b}
[ "${NO_INSTALL:-0}" = 1 ] || veo_install build run
veo_build . "$build"
build=$(cd "$build" && pwd)
export GST_PLUGIN_PATH=$build/gst${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
work=$(mktemp -d)
[ -n "$own_task" ] || start_service "$task"

if have_display; then
  launch veosrc "task-id=$task" ! autovideosink
  veo_say "Played $task"
  exit 0
fi

veo_say "There is no display: playing to a fake sink, and keeping the clip"
launch veosrc "task-id=$task" ! fakevideosink sync=false
rm -f "$output_dir/clip.mp4" "$output_dir/contact-sheet.png"
cd "$output_dir" || exit 1
launch veosrc "task-id=$task" output=container ! filesink location=clip.mp4
contact_sheet clip.mp4 contact-sheet.png
veo_say "Played $task. The clip is $output_dir/clip.mp4, frames of it are in $output_dir/contact-sheet.png"
