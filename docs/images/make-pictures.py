#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws pipeline.svg and messages.svg from a real run of veosrc.

Plays a task of veo-sim into fake sinks, records every message with its time,
and takes a dot dump of the pipeline. Needs python3-gi, graphviz, veosrc on
GST_PLUGIN_PATH and veo-sim on PATH:

    GST_PLUGIN_PATH=b/gst PATH=$PWD/b/examples/veo-sim:$PATH docs/images/make-pictures.py
"""
import html
import os
import re
import subprocess
import sys
import time

import gi
gi.require_version('Gst', '1.0')
from gi.repository import Gst

HERE = os.path.dirname(os.path.abspath(__file__))
TASK = 'video_abc123'
WIDTH, TOP, ROW = 860, 64, 30


def start_service():
    sim = subprocess.Popen(['veo-sim', '--port', '0', '--task', TASK, '--seconds', '4', '--duration', '20'],
                           stdout=subprocess.PIPE, text=True)
    for line in sim.stdout:
        found = re.search(r'listening on (http\S+)', line)
        if found:
            return sim, found.group(1)
    sys.exit('veo-sim did not start')


def describe(message):
    """One line for the timeline, or None when the message is not veosrc's own news."""
    kind = message.type
    if kind == Gst.MessageType.PROGRESS:
        what, _, text = message.parse_progress()
        return 'progress', f'PROGRESS {what.value_nick.upper()}: {text}'
    if kind == Gst.MessageType.ELEMENT and message.get_structure().get_name() == 'veo-task':
        fields = message.get_structure()
        return 'task', f'ELEMENT veo-task: status={fields.get_value("status")}, progress={fields.get_value("progress")}, ...'
    if kind == Gst.MessageType.TAG and message.src.get_factory().get_name() == 'veosrc':
        return 'tag', 'TAG: title, application-name, datetime'
    return None


def run():
    """Returns the messages as (seconds, class, text) and the dot dump."""
    sim, url = start_service()
    os.environ['VEO_BASE_URL'] = url
    Gst.init(None)
    pipeline = Gst.parse_launch(f'veosrc task-id={TASK} name=v v. ! queue ! fakevideosink v. ! queue ! fakeaudiosink')
    source, start, rows, dot = pipeline.get_by_name('v'), time.monotonic(), [], None

    def note(kind, text):
        rows.append((time.monotonic() - start, kind, text))

    def watch(_bus, message):
        news = describe(message)
        if news:
            note(*news)
        return Gst.BusSyncReply.PASS

    source.connect('pad-added', lambda _element, pad: note('pad', f'pad-added: {pad.get_name()}'))
    source.connect('no-more-pads', lambda _element: note('pad', 'no-more-pads'))
    bus = pipeline.get_bus()
    bus.set_sync_handler(watch)
    pipeline.set_state(Gst.State.PLAYING)
    while True:
        message = bus.timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.ASYNC_DONE | Gst.MessageType.ERROR | Gst.MessageType.EOS)
        if message is None or message.type == Gst.MessageType.ERROR:
            sys.exit('the clip did not play')
        if message.type == Gst.MessageType.EOS:
            note('end', 'EOS')
            break
        note('end', 'ASYNC_DONE: the first frame is there, the clip plays')
        dot = Gst.debug_bin_to_dot_data(pipeline, Gst.DebugGraphDetails.MEDIA_TYPE)
    pipeline.set_state(Gst.State.NULL)
    sim.terminate()
    sim.wait()
    return rows, dot


def draw_messages(rows):
    colours = {'progress': '#1565c0', 'task': '#2e7d32', 'tag': '#6a1b9a', 'pad': '#e65100', 'end': '#37474f'}
    y, out, last = TOP, [], None
    for seconds, kind, text in rows:
        stamp = f'{seconds:.2f} s'
        out.append(f'<circle cx="104" cy="{y}" r="5" fill="{colours[kind]}"/>')
        if stamp != last:
            out.append(f'<text x="88" y="{y + 5}" text-anchor="end" fill="#555">{stamp}</text>')
        out.append(f'<text x="122" y="{y + 5}" fill="{colours[kind]}">{html.escape(text)}</text>')
        y, last = y + ROW, stamp
    line = f'<line x1="104" y1="{TOP}" x2="104" y2="{y - ROW}" stroke="#bbb" stroke-width="2"/>'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" '
            'font-family="sans-serif" font-size="15">\n<rect width="100%" height="100%" fill="#fff"/>\n'
            '<text x="20" y="32" font-size="17" fill="#111">What one run says, in its order (a task of 20 s, a clip of 4 s)</text>\n'
            + line + '\n' + '\n'.join(out) + '\n</svg>\n')


def draw_pipeline(dot):
    """The dump as it is, but for the legend and the addresses in its names."""
    dot = re.sub(r'  legend \[.*?\];\n', '', dot, flags=re.S)
    dot = re.sub(r'(current-level-\w+=\d+\\n?)+', '', dot).replace('\\n"', '"')
    dot = re.sub(r'label="<GstPipeline>.*?"', 'label=""', dot, flags=re.S)
    svg = subprocess.run(['dot', '-Tsvg'], input=dot, capture_output=True, text=True, check=True).stdout
    svg = re.sub(r'<title>.*?</title>\n|<!--.*?-->\n', '', svg, flags=re.S)
    return re.sub(r'_0x[0-9a-f]+', '', svg)


def main():
    rows, dot = run()
    for name, text in (('messages.svg', draw_messages(rows)), ('pipeline.svg', draw_pipeline(dot))):
        with open(os.path.join(HERE, name), 'w', encoding='utf-8') as file:
            file.write(text)
        print(f'{name}: {len(text)} bytes')


if __name__ == '__main__':
    main()
