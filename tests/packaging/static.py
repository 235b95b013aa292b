#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Given a static build that is installed, when a program links the plugin as
its pkg-config file says, then it plays a clip without any file of the plugin.

static.py SOURCE BUILD MESON"""
import glob
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
from standin import StandIn, clean_environment, expect, need, run  # noqa: E402


def main():
    source, build, meson = sys.argv[1:]
    need('cc', 'pkg-config', 'ldd')
    with tempfile.TemporaryDirectory() as folder:
        clean_environment(folder)
        prefix, second, program = (os.path.join(folder, name) for name in ('prefix', 'b', 'program'))
        run(meson, 'setup', second, source, '--prefix', prefix, '-Ddefault_library=static', '-Dtests=disabled',
            '-Dbenchmarks=disabled', '-Dexamples=disabled')
        run(meson, 'install', '-C', second, seconds=400)
        archives = glob.glob(os.path.join(prefix, '**', '*.a'), recursive=True)
        modules = glob.glob(os.path.join(prefix, '**', '*.veomod'), recursive=True)
        expect('one archive, and no module', len(archives) == 1 and not modules, archives, modules)
        os.environ['PKG_CONFIG_PATH'] = os.path.join(os.path.dirname(archives[0]), 'pkgconfig')
        flags = run('pkg-config', '--cflags', '--libs', 'gstveo').split()
        run('cc', os.path.join(source, 'tests', 'packaging', 'static.c'), '-o', program, *flags)
        expect('libsoup is linked directly', 'libsoup-3.0' in run('ldd', program))
        # No plugin to be found, and none that could be
        os.environ['GST_PLUGIN_PATH'] = ''
        with StandIn(os.path.join(build, 'examples', 'veo-sim', 'veo-sim'), ['video_1']) as service:
            os.environ.update(VEO_BASE_URL=service.url, VEO_API_KEY=service.key)
            print(run(program, 'video_1'))
            os.environ['VEO_API_KEY'] = 'wrong'
            text = run(program, 'video_1', fails=True)
        expect('it speaks with the service', 'refused the key' in text, text)


main()
