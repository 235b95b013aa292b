#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes screenshot.png: a terminal with gst-launch and its clip, under Xvfb.
# Needs Xvfb, xterm, ImageMagick, xwininfo, veosrc on GST_PLUGIN_PATH and
# veo-sim on PATH.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2> /dev/null; rm -rf "$work"' EXIT

Xvfb -displayfd 3 -noreset -screen 0 772x726x24 -nolisten tcp 3> "$work/display" 2> /dev/null &
pids+=($!)
veo-sim --port 0 --task video_abc123 --duration 45 --size 640x360 --prompt 'A cat on a windowsill' > "$work/sim.log" &
pids+=($!)
until [ -s "$work/display" ] && grep -q listening "$work/sim.log"; do sleep 0.1; done
DISPLAY=:$(cat "$work/display")
VEO_BASE_URL=$(sed -n 's/.*listening on \(http[^ ]*\).*/\1/p' "$work/sim.log")
export DISPLAY VEO_BASE_URL work

# shellcheck disable=SC2016
xterm -fa 'DejaVu Sans Mono' -fs 10 -bg '#101418' -fg '#e0e4e8' -geometry 92x20+16+12 +sb -e bash -c '
  line="gst-launch-1.0 veosrc task-id=video_abc123 ! autovideosink"
  echo "\$ $line"
  $line 2>&1 | tee "$work/terminal.log"
  sleep 60' &
pids+=($!)
until grep -q PLAYING "$work/terminal.log" 2> /dev/null; do sleep 0.5; done
sleep 3
window=$(xwininfo -root -tree | awk '/640x360/ { print $1; exit }')
/usr/bin/python3 - "$window" << 'P'
import ctypes, sys
x = ctypes.CDLL('libX11.so.6')
x.XOpenDisplay.restype = ctypes.c_void_p
display = ctypes.c_void_p(x.XOpenDisplay(None))
x.XMoveWindow(display, ctypes.c_ulong(int(sys.argv[1], 16)), 66, 356)
x.XSync(display, 0)
P
sleep 1
import -window root "$work/screenshot.png"
convert "$work/screenshot.png" +dither -colors 40 -define png:compression-level=9 PNG8:screenshot.png
