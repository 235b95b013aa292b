#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/kubernetes/: kubernetes.py SOURCE BUILD TEST

The schemas are in the Python package kubernetes-validate, which is installed into
the build folder; where it cannot be had, that test is skipped."""
import base64
import glob
import json
import os
import subprocess
import sys

from example import BUILD, SOURCE, expect, main, path_of, requests, run, service, skip

try:
    import yaml
except ImportError:
    yaml = None

FOLDER = os.path.join(SOURCE, 'examples', 'kubernetes')
VALIDATE = 'kubernetes-validate==1.37.0'
OLDEST = '1.27'  # of Kubernetes; the other is the newest that the package knows


def read(name):
    """The objects of a file by kind."""
    if not yaml:
        skip('there is no Python module yaml (python3-yaml)')
    with open(os.path.join(FOLDER, name), encoding='utf-8') as file:
        return {one['kind']: one for one in yaml.safe_load_all(file)}


def container_in(objects):
    return objects['Job']['spec']['template']['spec']['containers'][0]


def install(folder):
    """Into the build folder, once."""
    if subprocess.run([sys.executable, '-m', 'pip', '--version'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        skip('this Python has no pip to install kubernetes-validate with')
    if not os.path.exists(os.path.join(folder, 'complete')):
        status, _text = run(sys.executable, '-m', 'pip', 'install', '-q', '--target', folder, '--upgrade', '--retries', '1',
                            '--timeout', '15', '--disable-pip-version-check', '--root-user-action', 'ignore', VALIDATE)
        if status:
            skip('kubernetes-validate cannot be had from the package registry')
        with open(os.path.join(folder, 'complete'), 'w', encoding='utf-8') as file:
            file.write(VALIDATE)


def schema(folder):
    """Given the files as they are, when each object is held against Kubernetes' own schema, an old one and the newest,
    then it is valid, and an unknown field or a wrong type in the Job would be found."""
    read('job.yaml')
    packages = os.path.join(BUILD, 'tests', 'kubernetes-validate')
    install(packages)
    environment = dict(os.environ, PYTHONPATH=packages)
    objects = [one for path in glob.glob(os.path.join(FOLDER, '*.yaml')) for one in read(os.path.basename(path)).values()]
    expect('there are four', len(objects) == 4, objects)
    good, bad = [], []
    for number, one in enumerate(objects):
        good.append(os.path.join(folder, f'good-{number}.yaml'))
        with open(good[-1], 'w', encoding='utf-8') as file:
            yaml.safe_dump(one, file)
    for key, value in (('completion', 3), ('completions', 'three')):
        bad.append(os.path.join(folder, f'bad-{key}.yaml'))
        job = read('job.yaml')['Job']
        job['spec'][key] = value
        with open(bad[-1], 'w', encoding='utf-8') as file:
            yaml.safe_dump(job, file)
    validate = (sys.executable, '-m', 'kubernetes_validate', '--strict')
    for version in (('-k', OLDEST), ()):
        status, _text = run(*validate, *version, *good, env=environment)
        expect('they are valid', status == 0, status)
        for path in bad:
            status, _text = run(*validate, *version, path, env=environment)
            expect('a mistake would be found', status != 0, status)


def agrees(_folder):
    """Given the files, then what one says is what the other means: names, mounts, the number of parts; and no key is in them."""
    objects, secret = read('job.yaml'), read('secret.example.yaml')['Secret']
    spec, container = objects['Job']['spec'], container_in(objects)
    pod = spec['template']['spec']
    values = {one['name']: one for one in container['env']}
    mounts = {one['name']: one['mountPath'] for one in container['volumeMounts']}
    volumes = {one['name']: one for one in pod['volumes']}
    reference = values['VEO_API_KEY']['valueFrom']['secretKeyRef']
    expect('each part has its pod', spec['completionMode'] == 'Indexed' and str(spec['completions']) == values['PARTS']['value'])
    expect('the key comes from the Secret', reference['name'] == secret['metadata']['name'] and
           list(secret['stringData']) == [reference['key']])
    expect('the key in it is none', secret['stringData'][reference['key']] == 'REPLACE-ME')
    expect('every mount has its volume', set(mounts) == set(volumes))
    expect('the ids are where the shell reads them', volumes['ids']['configMap']['name'] == objects['ConfigMap']['metadata']['name'] and
           values['IDS']['value'] == os.path.join(mounts['ids'], *objects['ConfigMap']['data']))
    expect('the clips go to the volume', values['CLIPS']['value'] == mounts['clips'] and
           volumes['clips']['persistentVolumeClaim']['claimName'] == objects['PersistentVolumeClaim']['metadata']['name'])
    expect('the registry can be written', os.path.dirname(values['GST_REGISTRY']['value']) == mounts['tmp'])
    expect('it has limits', set(container['resources']) == {'requests', 'limits'} and spec['backoffLimit'] > 0)


def parts(folder):
    """Given the list of the ConfigMap, with a comment, an empty line and a repetition more, when the container's command runs
    once for each index, then each id was fetched once in all; and when a part runs again, it asks for nothing."""
    objects = read('job.yaml')
    container = container_in(objects)
    text = objects['ConfigMap']['data']['ids.txt'] + '\n   # mine\nvideo_last\nvideo_abc123\n'
    ids = sorted({line for line in text.splitlines() if line.strip() and not line.strip().startswith('#')})
    clip = base64.b64decode('AAAAHGZ0eXBpc29tAAACAGlzb21pc28ybXA0MQAAAAhtb292') + bytes(2000)
    source, clips, list_of_ids = (os.path.join(folder, name) for name in ('source.mp4', 'clips', 'ids.txt'))
    with open(source, 'wb') as file:
        file.write(clip)
    with open(list_of_ids, 'w', encoding='utf-8') as file:
        file.write(text)
    count = objects['Job']['spec']['completions']
    environment = {'PATH': os.path.dirname(path_of('fetch')) + os.pathsep + os.environ['PATH'], 'PARTS': str(count),
                   'IDS': list_of_ids, 'CLIPS': clips}

    def run_part(number, **more):
        return run(*container['command'], *container['args'],
                   env={**os.environ, **environment, 'JOB_COMPLETION_INDEX': str(number), **more})

    with service({name: {'duration_ms': 1, 'link': 'content', 'clip': {'file': source}} for name in ids}) as sim:
        shares = []
        for number in range(count):
            status, _text = run_part(number)
            expect(f'part {number} ends well', status == 0, status)
            with open(os.path.join(clips, f'report-{number}.jsonl'), encoding='utf-8') as file:
                shares.append([json.loads(line) for line in file])
        fetched = [line['task_id'] for share in shares for line in share]
        expect('each id belongs to one part', sorted(fetched) == ids, fetched)
        expect('no part is much larger', max(map(len, shares)) - min(map(len, shares)) <= 1, shares)
        expect('all came', {line['state'] for share in shares for line in share} == {'fetched'}, shares)
        expect('each once', requests(sim, 'GET /v1/videos/') and all(
            requests(sim, f'GET /v1/videos/{name}/content') == 1 for name in ids), sim.lines)
        asked = requests(sim, 'GET')
        expect('a pod that is started again asks for nothing', run_part(0)[0] == 0 and requests(sim, 'GET') == asked, sim.lines)
        expect('a list that is not there fails', run_part(0, IDS=list_of_ids + '.gone')[0] != 0)


main({'schema': schema, 'agrees': agrees, 'parts': parts})
