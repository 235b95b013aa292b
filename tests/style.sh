#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The rules of style that a program can check. C is indented as GStreamer's own
# (its gst-indent, version 2.2.12 of indent); --fix indents the files that are
# not. Headers are not looked at, as in GStreamer.
set -u
cd "$(dirname "$0")/.." || exit 1

wrong=0
complain ()
{
  printf '%s\n' "$1" >&2
  wrong=1
}

# none_has WHAT PATTERN FILE...
none_has ()
{
  local what=$1 pattern=$2 found
  shift 2
  if found=$(grep -nHP "$pattern" "$@" 2> /dev/null); then
    complain "$what:
$found"
  fi
}

mapfile -t code < <(find gst examples tests -name '*.[ch]' | sort)
mapfile -t scripts < <(find .ci examples tests -type f -perm -u+x ! -name '*.[chp]*' | sort)

for file in "${code[@]}"; do
  head -n 1 "$file" | grep -q 'SPDX-License-Identifier: LGPL-2.1-or-later' ||
    complain "$file: the first line must be the licence"
  lines=$(wc -l < "$file")
  case $file in
    tests/*) ;;
    *) [ "$lines" -le 650 ] || complain "$file: $lines lines, more than one job" ;;
  esac
done
for file in "${scripts[@]}"; do
  bash -n "$file" || complain "$file: no valid shell script"
done
none_has "A tab" '\t' "${code[@]}" "${scripts[@]}"
none_has "Spaces at the end of a line" ' +$' "${code[@]}" "${scripts[@]}"
none_has "A comment with two slashes" '^\s*//|;\s*//\s' "${code[@]}"
none_has "Unfinished work" '\b(TODO|FIXME|XXX)\b' "${code[@]}"

gst_indent ()
{
  indent --braces-on-if-line --case-brace-indentation0 --case-indentation2 \
    --braces-after-struct-decl-line --line-length80 --no-tabs --cuddle-else \
    --dont-line-up-parentheses --continuation-indentation4 --honour-newlines \
    --tab-size8 --indent-level2 --leave-preprocessor-space -st "$1"
}

if type indent > /dev/null 2>&1; then
  for file in "${code[@]}"; do
    case $file in *.h) continue ;; esac
    indented=$(gst_indent "$file" 2> /dev/null; echo .)
    [ "$indented" != "$(cat "$file"; echo .)" ] || continue
    if [ "${1:-}" = --fix ]; then
      printf %s "${indented%.}" > "$file"
      echo "indented $file"
    else
      complain "$file: not indented (tests/style.sh --fix, or *INDENT-OFF* around a table)"
    fi
  done
else
  echo "style: no indent here, so indentation was not checked"
fi
[ "$wrong" -eq 0 ] && echo "style: ${#code[@]} C files and ${#scripts[@]} scripts are fine"
exit "$wrong"
