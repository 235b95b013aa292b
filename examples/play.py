#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plays the video of a task: a bar while it is made, then the clip in a window.

    VEO_API_KEY=... examples/play.py video_abc123

Needs python3-gi and gir1.2-gstreamer-1.0. The key and the address come from
the environment, where veosrc finds them itself. Ctrl-C stops at any moment.
"""
import argparse
import signal
import sys

import gi
gi.require_version('Gst', '1.0')
from gi.repository import GLib, Gst

BAR_WIDTH = 30


class Player:
    def __init__(self, task_id, video_sink, audio_sink):
        self.sinks = {'video': video_sink, 'audio': audio_sink}
        self.result = 0
        self.is_mid_line = False  # the bar is on the cursor's line
        self.loop = GLib.MainLoop()
        self.pipeline = Gst.Pipeline.new(None)
        source = Gst.ElementFactory.make('veosrc', None)
        if source is None:
            sys.exit('There is no veosrc: set GST_PLUGIN_PATH to its folder')
        source.set_property('task-id', task_id)
        source.connect('pad-added', self.link_pad)
        self.pipeline.add(source)

    def link_pad(self, _source, pad):
        """A stream of the clip gets a queue and a sink. Called in a thread of veosrc."""
        sink = Gst.ElementFactory.make(self.sinks[pad.get_name().split('_')[0]], None)
        if sink is None:
            print(f'{pad.get_name()} is not played: there is no such sink', file=sys.stderr)
            return
        queue = Gst.ElementFactory.make('queue', None)
        self.pipeline.add(queue)
        self.pipeline.add(sink)
        queue.link(sink)
        pad.link(queue.get_static_pad('sink'))
        # from the sink end, so that nothing flows into an element that sleeps
        sink.sync_state_with_parent()
        queue.sync_state_with_parent()

    def handle_message(self, _bus, message):
        if message.type == Gst.MessageType.PROGRESS:
            self.show_progress(message)
        elif message.type == Gst.MessageType.BUFFERING:
            self.wait_for_data(message)
        elif message.type == Gst.MessageType.WARNING:
            warning, _debug = message.parse_warning()
            self.say(f'Warning: {warning.message}')
        elif message.type == Gst.MessageType.ERROR:
            self.show_error(message)
            self.end(1)
        elif message.type == Gst.MessageType.EOS:
            self.end(0)

    def show_progress(self, message):
        kind, _code, text = message.parse_progress()
        percent = message.get_structure().get_int('percent').value
        bar = '#' * (percent * BAR_WIDTH // 100)
        line = f'[{bar:.<{BAR_WIDTH}}] {percent:3} % {text}'
        if kind == Gst.ProgressType.ERROR:
            return
        if not sys.stdout.isatty():
            print(line, flush=True)
            return
        # "\033[K" clears what a longer text has left behind; between "\033[?7l" and
        # "\033[?7h" the terminal cuts the line at its edge instead of wrapping it
        print(f'\r\033[?7l{line}\033[K\033[?7h', end='', flush=True)
        self.is_mid_line = True
        if kind == Gst.ProgressType.COMPLETE:
            self.end_line()

    def end_line(self):
        """What else is said begins on a line of its own."""
        if self.is_mid_line:
            print(flush=True)
        self.is_mid_line = False

    def say(self, text):
        self.end_line()
        print(text, file=sys.stderr, flush=True)

    def show_error(self, message):
        """veosrc's text says what went wrong and what to do; its details are for programs."""
        error, _debug = message.parse_error()
        details = message.parse_error_details()
        self.say(error.message)
        if details and details.get_name() == 'veo-error' and details.has_field('request-id'):
            self.say(f'The service knows this request as {details.get_string("request-id")}')

    def wait_for_data(self, message):
        """The download is slower than the clip: stand still until there is enough."""
        is_enough = message.parse_buffering() == 100
        self.pipeline.set_state(Gst.State.PLAYING if is_enough else Gst.State.PAUSED)

    def end(self, result):
        self.result = result
        self.loop.quit()
        return GLib.SOURCE_CONTINUE

    def play(self):
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect('message', self.handle_message)
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, self.end, 130)
        # A failure is on the bus by then, the loop prints it.
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        self.end_line()
        bus.remove_signal_watch()
        return self.result


def main():
    parser = argparse.ArgumentParser(description='Plays the video of a task.')
    parser.add_argument('task_id')
    parser.add_argument('--video-sink', default='autovideosink', help='element that shows the video (%(default)s)')
    parser.add_argument('--audio-sink', default='autoaudiosink', help='element that plays the sound (%(default)s)')
    options = parser.parse_args()
    Gst.init(None)
    return Player(options.task_id, options.video_sink, options.audio_sink).play()


if __name__ == '__main__':
    sys.exit(main())
