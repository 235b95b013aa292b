#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Replays freshly made traces and updates docs/schedule.svg and the table in
# docs/schedule.md:  schedule-docs.sh BUILD_DIR
set -eu

build=${1:?give the build directory}
here=$(cd "$(dirname "$0")" && pwd)
docs=$here/../../docs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

count=300
starts='0 30 60'
/usr/bin/python3 "$here/make-traces.py" --seed 2024 --count $count "$work/traces"

# KIND...: what the simulator prints for all traces of these kinds
simulate() {
  options=$1
  shift
  files=
  for kind; do
    files="$files $(echo "$work/traces/$kind"-*.txt)"
  done
  # neither names of kinds nor numbers have spaces in them
  # shellcheck disable=SC2086
  "$build/tests/benchmarks/veo-schedule-sim" $options $files
}

# LABEL OPTION KIND...: one row, delay / polls / score for each start
row_of() {
  label=$1
  option=$2
  shift 2
  printf '| %s |' "$label"
  for start in $starts; do
    simulate "--start $start $option" "$@" | awk '$1 == "all" { printf " %.2f s, %.1f, **%.2f** |", $2, $3, $4 }'
  done
  echo
}

# KIND...
row() {
  row_of "$(echo "$*" | sed 's/ /, /g')" '' "$@"
}

useful='linear noisy'
nothing='constant silent jump erratic tick15flat'
{
  echo "Mean delay, polls, **score**, of $count traces of each kind, by when the element starts to watch:"
  echo
  echo '| kinds | with the task | 30 s later | 60 s later |'
  echo '|---|---|---|---|'
  # shellcheck disable=SC2086
  { row $useful; row coarse; row tick15; row $nothing
    row_of 'the same, age not told' --no-age $nothing; }
  for kind in tick5 tick10 tick20 tick30flat coarse5 coarse25 quietqueue \
    stuck99 early100 plateau restart saturating; do
    row $kind
  done
} > "$work/table"

# shellcheck disable=SC2086
{
  simulate --compare $useful > "$work/useful"
  simulate --compare coarse > "$work/coarse"
  simulate --compare tick15 > "$work/tick15"
  simulate --compare $nothing > "$work/nothing"
}
/usr/bin/python3 "$here/plot-schedule.py" "$docs/schedule.svg" \
  "linear and noisy progress=$work/useful" "progress in tens=$work/coarse" \
  "a 15 s tick=$work/tick15" "nothing to go by=$work/nothing"

awk -v table="$work/table" '
  /^<!-- table -->/ { print; while ((getline line < table) > 0) print line; skip = 1; next }
  /^<!-- end -->/ { skip = 0 }
  !skip' "$docs/schedule.md" > "$work/schedule.md"
cp "$work/schedule.md" "$docs/schedule.md"
