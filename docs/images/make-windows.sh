#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes player.png and wall.png: the windows of examples/player.c and wall.c,
# under Xvfb. Needs Xvfb, ImageMagick, veosrc on GST_PLUGIN_PATH, and the examples
# and veo-sim on PATH.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2> /dev/null; rm -rf "$work"' EXIT
export GDK_BACKEND=x11 GSK_RENDERER=cairo GTK_A11Y=none GSETTINGS_BACKEND=memory

Xvfb -displayfd 3 -noreset -screen 0 960x540x24 -nolisten tcp 3> "$work/display" 2> /dev/null &
pids+=($!)
cat > "$work/tasks.json" << 'J'
{"tasks": {
  "video_abc123": {"seconds": 4, "size": "640x360", "duration_ms": 6000, "prompt": "A cat on a windowsill"},
  "video_def456": {"seconds": 60, "size": "640x360", "duration_ms": 1, "prompt": "Waves at night"},
  "video_ghi789": {"duration_ms": 1000, "last_status": "failed", "message": "The prompt was refused"},
  "video_jkl012": {"duration_ms": 60000},
  "video_mno345": {"duration_ms": 90000}}}
J
VEO_SIM_API_KEY=none veo-sim --port 0 --verbose --script "$work/tasks.json" > "$work/sim.log" &
pids+=($!)
until [ -s "$work/display" ] && grep -q listening "$work/sim.log"; do sleep 0.1; done
DISPLAY=:$(cat "$work/display")
VEO_BASE_URL=$(sed -n 's/.*listening on \(http[^ ]*\).*/\1/p' "$work/sim.log")
export DISPLAY VEO_BASE_URL VEO_API_KEY=none

# shot NAME SECONDS PROGRAM ARGUMENT...: the screen after so long
shot ()
{
  local name=$1 seconds=$2 pid
  shift 2
  "$@" > "$work/$name.log" 2>&1 &
  pid=$!
  sleep "$seconds"
  import -window root "$work/$name.png"
  kill -INT "$pid"
  wait "$pid" || true
}

shot waiting 20 player --audio-sink=fakeaudiosink video_jkl012
shot failed 4 player --audio-sink=fakeaudiosink video_ghi789
shot clip 6 player --audio-sink=fakeaudiosink video_def456
convert "$work/waiting.png" "$work/clip.png" "$work/failed.png" -bordercolor black -trim +repage \
  -resize 480x -background white -gravity center -bordercolor white -border 6 +append \
  +dither -colors 64 -define png:compression-level=9 PNG8:player.png

shot wall 14 wall --video-sink=ximagesink video_def456 video_jkl012 video_ghi789 video_mno345
convert "$work/wall.png" +dither -colors 64 -define png:compression-level=9 PNG8:wall.png
