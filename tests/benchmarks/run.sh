#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs every benchmark, each beside its peer, prints a table, writes
# BUILD/benchmarks.json, and updates the figures of docs/benchmarks.md:
#
#   run.sh [--quick] [BUILD]
#
# BUILD is b; it is built if need be. --quick takes a minute or two, to see that
# all of them work: its figures are worth nothing and stay out of the documents.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
docs=$here/../../docs
quick=
if [ "${1:-}" = --quick ]; then
  quick=--quick
  shift
fi
build=${1:-$here/../../b}

if [ ! -f "$build/build.ninja" ]; then
  meson setup "$build" "$here/../.."
fi
ninja -C "$build" benchmarks

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
results=$work/results.jsonl
log=$build/benchmarks.log
failed=0
: > "$log"
export VEO_BENCH_CLIPS="$work/clips"

# PROGRAM ARGUMENT...
bench() {
  program=$build/tests/benchmarks/$1
  shift
  if [ ! -x "$program" ]; then
    return
  fi
  echo "$(basename "$program") $*" >&2
  # shellcheck disable=SC2086
  if ! "$program" $quick "$@" >> "$results" 2>> "$log"; then
    echo "$(basename "$program") $* failed, see $log" >&2
    failed=1
  fi
}

# CASE GOAL KIND...: scores of schedules, replayed over all traces of these kinds
schedule() {
  name=$1 goal=$2
  shift 2
  files=
  for kind; do
    files="$files $(echo "$work/traces/$kind"-*.txt)"
  done
  # shellcheck disable=SC2086
  "$build/tests/benchmarks/veo-schedule-sim" --compare $files |
    awk -v name="$name" -v goal="$goal" '
      function say(peer, metric, unit, value, goal) {
        printf "{\"benchmark\":\"schedule\",\"case\":\"%s\",\"peer\":\"%s\",", name, peer
        printf "\"metric\":\"%s\",\"unit\":\"%s\",\"value\":%s,%s\"better\":\"lower\"}\n",
          metric, unit, value, goal == "" ? "" : "\"goal\":" goal ","
      }
      function tell(peer, goal) {
        say(peer, "delay", "s", $2, "")
        say(peer, "polls", "", $3, "")
        say(peer, "score", "", $4, goal)
      }
      $1 == "all" { tell("veosrc", goal) }
      $1 == "fixed-5" { tell("every 5 s", "") }
      $1 == "exponential" { tell("backoff", "") }' >> "$results"
}

bench veo-bench-first-frame
bench veo-bench-playing
bench veo-bench-stop
bench veo-bench-waiting
bench veo-bench-simple
bench veo-bench-simple --curl

count=300
[ -z "$quick" ] || count=20
/usr/bin/python3 "$here/make-traces.py" --seed 2024 --count "$count" "$work/traces"
schedule "progress that means something" 0.15 linear noisy
schedule "nothing to go by" 0.95 constant silent jump erratic tick15flat

if [ -n "$quick" ] || [ "$failed" -ne 0 ]; then
  # shellcheck disable=SC2086
  /usr/bin/python3 "$here/report.py" $quick "$results" "$build/benchmarks.json"
else
  /usr/bin/python3 "$here/report.py" "$results" "$build/benchmarks.json" "$docs/benchmarks.md"
  /usr/bin/python3 "$here/plot-benchmarks.py" "$build/benchmarks.json" "$docs/images"
fi
exit "$failed"
