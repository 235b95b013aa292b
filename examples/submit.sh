#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Starts a task with curl, then plays it with veosrc. To copy from: veosrc
# itself never starts one.
set -u

usage ()
{
  cat << EOF
Usage: submit.sh [OPTION...] PROMPT

Asks the service for a video of PROMPT, waits for it and plays it. A real service
takes money for this, each time it is run.

Options:
  --model NAME    the model (veo_3_1-fast)
  --seconds N     how long the video is (8)
  --size WxH      how large it is (720x1280)
  --save FILE     save the file instead of playing it
  --only-submit   print the id of the task, and do no more

Environment:
  VEO_API_KEY    your key
  VEO_BASE_URL   the service's address (https://octopusx.ai)
EOF
}

die ()
{
  printf 'submit.sh: %s\n' "$*" >&2
  exit 1
}

# Without a key no header. printf is a part of the shell, so the key is on no
# command line, where every user of the machine could read it.
key_header ()
{
  [ -z "${VEO_API_KEY:-}" ] || printf 'Authorization: Bearer %s\n' "$VEO_API_KEY"
}

# Print the answer, and its HTTP status in a line of its own. Once and no more: a
# repeated request would be a second task. A prompt may begin with @, hence
# --form-string.
submit ()
{
  key_header | curl --silent --show-error --max-time 120 --proto =http,https --header @- \
    --form-string "model=$model" --form-string "prompt=$prompt" \
    --form-string "seconds=$seconds" --form-string "size=$size" \
    --write-out '\n%{http_code}' "$base/v1/videos"
}

# The task may be inside of something, but its id comes first.
find_id ()
{
  printf '%s' "$1" | grep -oE '"(id|task_id)" *: *"[^"]+"' | head -n 1 | sed 's/.*"\([^"]*\)"$/\1/'
}

model=veo_3_1-fast seconds=8 size=720x1280 save='' play=yes
while [ $# -gt 0 ]; do
  case $1 in
    --model | --seconds | --size | --save)
      [ $# -ge 2 ] || { usage >&2; exit 2; }
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    --only-submit) play= ;;
    -h | --help) usage; exit 0 ;;
    --) shift; break ;;
    -*) usage >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done
[ $# -eq 1 ] && [ -n "$1" ] || { usage >&2; exit 2; }
prompt=$1
base=${VEO_BASE_URL:-https://octopusx.ai}
base=${base%/}
base=${base%/v1}

answer=$(submit) || die "the service could not be asked; whether it has started a task is not known"
status=${answer##*$'\n'}
answer=${answer%$'\n'*}
# Some services repeat the key when they refuse it
[ -z "${VEO_API_KEY:-}" ] || answer=${answer//"$VEO_API_KEY"/***}
case $status in
  2??) ;;
  *) die "the service started no task (HTTP $status): ${answer:0:500}" ;;
esac
id=$(find_id "$answer")
case $id in
  '' | *[!A-Za-z0-9._~:=-]*) die "there is no task id in the answer: ${answer:0:500}" ;;
esac

if [ -z "$play" ]; then
  printf '%s\n' "$id"
  exit 0
fi
printf 'The task is %s. If this is interrupted, gst-launch-1.0 veosrc task-id=%s ! autovideosink goes on.\n' "$id" "$id"
export VEO_BASE_URL=$base
if [ -n "$save" ]; then
  exec gst-launch-1.0 veosrc task-id="$id" output=container ! filesink location="$save"
fi
exec gst-launch-1.0 veosrc task-id="$id" fill-audio=true name=v v. ! queue ! autovideosink v. ! queue ! autoaudiosink
