#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Given the build folder, when a command runs in "meson devenv", then it finds
the plugin and veo-sim of this folder.

devenv.py BUILD MESON"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
from standin import clean_environment, expect, need, run  # noqa: E402


def main():
    build, meson = sys.argv[1:]
    need('gst-inspect-1.0')
    with tempfile.TemporaryDirectory() as folder:
        clean_environment(folder, HOME=folder)
        text = run(meson, 'devenv', '-C', build, 'gst-inspect-1.0', 'veosrc')
        expect('veosrc is that of the build folder', os.path.join(build, 'gst', 'libgstveo.so') in text, text)
        text = run(meson, 'devenv', '-C', build, 'sh', '-c', 'command -v veo-sim')
        expect('veo-sim is on the path', os.path.join(build, 'examples', 'veo-sim', 'veo-sim') in text, text)


main()
