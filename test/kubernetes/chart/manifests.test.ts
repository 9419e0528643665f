import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makeNamespace } from '../../contract/objects-world.js';
import { chartFiles } from '../../../scripts/chart/files.mjs';
import { rollcall } from '../../support/command.js';
import { tempDir } from '../../support/temp.js';
import { startControlPlane, type ControlPlane } from '../support/control-plane.js';
import { chart, runTool, template, uses, type Manifest } from '../support/helm.js';
import { installMonitoringKinds } from '../support/monitoring-crds.js';

let plane: ControlPlane;
let namespace: string;
const root = join(import.meta.dirname, '..', '..', '..');

beforeAll(async () => {
  plane = await startControlPlane();
  await installMonitoringKinds(plane);
  namespace = await makeNamespace(plane);
  for (const name of ['edge', 'legacy', 'vault']) await plane.api('POST', '/api/v1/namespaces', { metadata: { name } });
}, 120_000);

const values = (use: string): string[] => ['-f', uses.get(use) ?? 'nothing'];
const yaml = (objects: readonly Manifest[]): string => objects.map((each) => JSON.stringify(each)).join('\n---\n');
const apply = (input: string) =>
  runTool('kubectl', ['apply', '--dry-run=server', '-f', '-'], { kubeconfig: plane.kubeconfig, input });

describe.each([...uses.keys()])('with the values %s', (use) => {
  it('has nothing that helm lint --strict refuses', async () => {
    const { code, stdout } = await runTool('helm', ['lint', '--strict', chart, ...values(use)]);
    expect(stdout).toContain('0 chart(s) failed');
    expect(code).toBe(0);
  });

  // A YAML boolean, a number, the name of the chart, and the longest name.
  it.each(['y', '1e3', 'rollcall', 'a'.repeat(53)])(
    'makes objects that the API server takes as release %s',
    async (name) => {
      const objects = await template(name, namespace, values(use));
      // Admission asks for the account of a pod.
      for (const { kind, spec } of objects)
        if (kind === 'Pod')
          await plane.api('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
            metadata: { name: spec?.serviceAccountName },
          });
      const { code, stdout, stderr } = await apply(yaml(objects));
      expect(stderr.replace(/^Warning: resource serviceaccounts.*missing the .*\n/gm, '')).toBe('');
      expect(stdout.trim().split('\n')).toHaveLength(objects.length);
      expect(code).toBe(0);
    },
  );
});

it.each(['controller', 'servers', 'bare'])(
  'has pods that fit the standard "restricted" of Pod Security, with the values %s',
  async (use) => {
    const name = `restricted-${use}`;
    const levels = {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    };
    await plane.api('POST', '/api/v1/namespaces', { metadata: { name, labels: levels } });
    const objects = (await template('y', name, values(use))).filter(({ kind }) => /^(Pod|Deployment)$/.test(kind));
    const accounts = `/api/v1/namespaces/${name}/serviceaccounts`;
    for (const account of ['y-rollcall', 'default']) await plane.api('POST', accounts, { metadata: { name: account } });
    expect(await apply(yaml(objects))).toMatchObject({ code: 0, stderr: '' });
  },
);

it('would notice a field that Kubernetes does not know', async () => {
  const objects = await template('y', namespace, values('controller'));
  const broken = objects.map((each) =>
    each.kind === 'Deployment' ? { ...each, spec: { ...each.spec, replicass: 1 } } : each,
  );
  expect((await apply(yaml(broken))).stderr).toContain('unknown field "spec.replicass"');
});

it('changes between pods that overlap in an update and pods that do not', async () => {
  await plane.api('POST', '/api/v1/namespaces', { metadata: { name: 'changes' } });
  for (const [use, type] of Object.entries({
    slices: 'RollingUpdate',
    servers: 'Recreate',
    controller: 'RollingUpdate',
  })) {
    const args = ['upgrade', '--install', 'y', chart, '--namespace', 'changes', ...values(use)];
    expect(await runTool('helm', args, { kubeconfig: plane.kubeconfig })).toMatchObject({ code: 0 });
    const { body } = await plane.api('GET', '/apis/apps/v1/namespaces/changes/deployments/y-rollcall');
    expect((body as Manifest).spec?.strategy).toMatchObject({ type });
  }
});

it('gives its config to `rollcall rbac`, as docs/howto/helm.md does', async () => {
  const objects = await template('y', namespace, [...values('bare'), '--show-only', 'templates/configmap.yaml']);
  const args = ['create', '--dry-run=client', '-f', '-', '-o', "jsonpath={.data['rollcall\\.yaml']}"];
  const { stdout, stderr } = await runTool('kubectl', args, { kubeconfig: plane.kubeconfig, input: yaml(objects) });
  expect(stderr).toBe('');
  const file = join(await tempDir('rollcall-chart-'), 'rollcall.yaml');
  await writeFile(file, stdout);
  const printed = await rollcall(['rbac', '--config', file, '--service-account', 'edge', '--output', 'yaml']);
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  expect(printed.stdout).toContain('resourceNames:\n      - one\n');
});

it('gives the alerts of monitoring/ to Prometheus', async () => {
  const rule = (await template('y', namespace, values('everything'))).find(({ kind }) => kind === 'PrometheusRule');
  expect(rule?.spec).toEqual(parse(await readFile(join(root, 'monitoring', 'rollcall.rules.yml'), 'utf8')));
});

it('has the version of the package', async () => {
  const about = parse(await readFile(join(chart, 'Chart.yaml'), 'utf8')) as object;
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(about).toMatchObject({ version, appVersion: version });
});

it('has the generated files that its sources say', async () => {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  for (const [path, text] of Object.entries(await chartFiles(read))) expect(read(path) === text, path).toBe(true);
});
