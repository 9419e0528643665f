import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { rollcall } from '../../../support/command.js';
import { createPlace } from '../../../support/config.js';

const sources = [{ name: 'services', prefix: '/services/' }];
const target = {
  name: 'in-cluster',
  configMap: { name: 'upstreams', data: { 'upstreams.conf': { template: 'nginx-upstreams' } } },
  reload: { rollout: { kind: 'Deployment', namespace: 'edge', name: 'nginx' } },
};

it('prints the rights of a config as a table, and as objects for kubectl', async () => {
  const place = await createPlace('http://127.0.0.1:1', { sources, targets: [target] });
  const shown = await rollcall(['rbac', '-c', place.file]);
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout.split('\n').map((line) => line.split(/ +/))).toEqual([
    ['NAMESPACE', 'RESOURCE', 'VERBS', 'NAMES'],
    ['default', 'configmaps', 'create', 'all'],
    ['default', 'configmaps', 'delete,get,patch', 'upstreams'],
    ['default', 'events.events.k8s.io', 'create,patch', 'all'],
    ['edge', 'deployments.apps', 'patch', 'nginx'],
    [''],
  ]);
  const yaml = await rollcall([
    'rbac',
    '-c',
    place.file,
    '-o',
    'yaml',
    '--namespace',
    'ops',
    '--service-account',
    'rc',
  ]);
  const objects = parseAllDocuments(yaml.stdout).map(
    (document) => document.toJS() as { kind: string; metadata: object },
  );
  expect(objects.map(({ kind, metadata }) => [kind, metadata])).toEqual([
    ['ServiceAccount', { name: 'rc', namespace: 'ops' }],
    ['Role', { name: 'rc', namespace: 'edge' }],
    ['RoleBinding', { name: 'rc', namespace: 'edge' }],
    ['Role', { name: 'rc', namespace: 'ops' }],
    ['RoleBinding', { name: 'rc', namespace: 'ops' }],
  ]);
  expect(objects[2]).toMatchObject({ subjects: [{ kind: 'ServiceAccount', name: 'rc', namespace: 'ops' }] });
});

it('says that a config without Kubernetes needs none', async () => {
  const files = { name: 'files', files: [{ path: 'out', template: 'json' }] };
  const place = await createPlace('http://127.0.0.1:1', { sources, targets: [files] });
  expect(await rollcall(['rbac', '-c', place.file, '-o', 'yaml'])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'rollcall: the config needs no rights in a cluster\n',
  });
});
