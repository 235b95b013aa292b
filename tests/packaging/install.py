#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Given the build folder, when it is installed under DESTDIR or with a prefix of
its own, then the files are below it and nowhere else, and they work from there.

install.py SOURCE BUILD MESON"""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
from standin import StandIn, clean_environment, expect, need, run  # noqa: E402


def option(build, name):
    with open(os.path.join(build, 'meson-info', 'intro-buildoptions.json'), encoding='utf-8') as file:
        return next(one['value'] for one in json.load(file) if one['name'] == name)


def files_below(folder):
    return {os.path.relpath(os.path.join(path, name), folder) for path, _, names in os.walk(folder) for name in names}


def plays_from(folder, build, program=None):
    """Saves a clip with the plugin of that folder, and no other."""
    clip = os.path.join(os.environ['HOME'], 'clip.mp4')
    with StandIn(program or os.path.join(build, 'examples', 'veo-sim', 'veo-sim'), ['video_1']) as service:
        os.environ.update(GST_PLUGIN_PATH=folder, VEO_BASE_URL=service.url, VEO_API_KEY=service.key)
        text = run('gst-inspect-1.0', 'veosrc')
        expect('the plugin is the installed one', os.path.join(folder, 'libgstveo.so') in text, text)
        run('gst-launch-1.0', 'veosrc', 'task-id=video_1', 'output=container', '!', 'filesink', 'location=' + clip)
    expect('it saves a clip', os.path.getsize(clip) > 10000)
    os.unlink(clip)


def with_destdir(build, meson, folder):
    root = os.path.join(folder, 'root')
    run(meson, 'install', '-C', build, '--no-rebuild', '--destdir', root)
    prefix = option(build, 'prefix').strip('/')
    plugins = os.path.join(prefix, option(build, 'libdir'), 'gstreamer-1.0')
    found = files_below(root)
    wanted = {os.path.join(plugins, name) for name in ('libgstveo.so', 'gstveosoup.veomod')}
    expect('the plugin and its module are in one folder', wanted <= found, found)
    expect('veo-sim is with the programs', os.path.join(prefix, option(build, 'bindir'), 'veo-sim') in found, found)
    expect('all is below the prefix', all(name.startswith(prefix + '/') for name in found), found)
    expect('nothing of the parts is installed', not [name for name in found if name.endswith(('.a', '.h'))], found)
    plays_from(os.path.join(root, plugins), build, os.path.join(root, prefix, option(build, 'bindir'), 'veo-sim'))


def with_prefix(source, build, meson, folder):
    second, prefix = os.path.join(folder, 'b'), os.path.join(folder, 'a prefix')
    run(meson, 'setup', second, source, '--prefix', prefix, '--libdir', 'lib/here', '-Dtests=disabled',
        '-Dbenchmarks=disabled', '-Dexamples=disabled')
    run(meson, 'install', '-C', second, seconds=400)
    found = files_below(prefix)
    expect('prefix and libdir are obeyed',
           found == {'lib/here/gstreamer-1.0/libgstveo.so', 'lib/here/gstreamer-1.0/gstveosoup.veomod'}, found)
    plays_from(os.path.join(prefix, 'lib/here/gstreamer-1.0'), build)


def main():
    source, build, meson = sys.argv[1:]
    need('gst-inspect-1.0', 'gst-launch-1.0')
    with tempfile.TemporaryDirectory() as folder:
        clean_environment(folder, HOME=folder)
        with_destdir(build, meson, folder)
        with_prefix(source, build, meson, folder)


main()
