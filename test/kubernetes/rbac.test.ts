import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeNamespace } from '../contract/objects-world.js';
import { rollcall, type Ended } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { deleteKey, putKey } from '../support/keys.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { writeKubeconfig } from './support/kubeconfig.js';
import { grantPrinted, type Rule } from './support/role.js';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);

const entry = { k: { template: './t.hbs', dialect: 'none' } };

const targets = {
  'one ConfigMap': { configMap: { name: 'one', data: entry } },
  'one Secret': { secret: { name: 'one', data: entry } },
  'a ConfigMap for each service': { configMap: { name: 'svc-{{service.name}}', forEach: 'service', data: entry } },
  'a Secret for each service': { secret: { name: 'svc-{{service.name}}', forEach: 'service', data: entry } },
  'Services and their slices': { endpointSlices: {} },
  'slices of existing Services': { endpointSlices: { service: 'existing' } },
  'a rollout': {
    files: [{ path: 'out', template: './t.hbs', dialect: 'none' }],
    reload: { rollout: { kind: 'Deployment', name: 'nginx' } },
    confirm: { rollout: { kind: 'Deployment', name: 'nginx' }, timeout: '2s' },
  },
  'an election': { configMap: { name: 'one', data: entry } },
  // The last instance, which the steps remove, is held: the processes of the election share that.
  'the holds of an election': { configMap: { name: 'one', data: entry }, guard: { minInstances: 1 } },
} as const;
type Feature = keyof typeof targets;

interface Right {
  readonly resource: string;
  readonly verb: string;
  /** Only the right on this object. Absent: on all. */
  readonly name?: string | undefined;
}

/** The rules that are left when one verb of one rule is taken away. */
function without(rules: readonly Rule[], gone: Right): Rule[] {
  return rules.flatMap((rule) => {
    if (!rule.resources.includes(gone.resource)) return [rule];
    if (gone.name !== undefined && !rule.resourceNames?.includes(gone.name)) return [rule];
    const verbs = rule.verbs.filter((verb) => verb !== gone.verb);
    return verbs.length > 0 ? [{ ...rule, verbs }] : [];
  });
}

/**
 * Uses all that a feature does, under a ServiceAccount with the printed Role.
 *
 * @param gone a right that is taken away
 * @returns the first run that did not succeed; undefined when all did
 */
async function use(feature: Feature, gone?: Right): Promise<Ended | undefined> {
  const namespace = await makeNamespace(plane);
  const prefix = `/${namespace}/`;
  const configOf = (kubeconfig: string, more: object = {}): object => ({
    kubernetes: { kubeconfig, namespace },
    ...(feature.endsWith('an election') && { election: { kubernetes: { name: 'rollcall' } } }),
    sources: [{ name: 'services', prefix, format: 'plain' }],
    targets: [{ name: 'target', guard: 'off', ...targets[feature], ...more }],
  });
  const place = await createPlace(plane.etcd, configOf(plane.kubeconfig));
  const isEach = feature.includes('each');
  await writeFile(place.at('t.hbs'), isEach ? '{{service.name}}' : '{{#each services}}{{name}} {{/each}}');
  const token = await grantPrinted(plane, place.file, namespace, (rules) => (gone ? without(rules, gone) : rules));
  const kubeconfig = await writeKubeconfig(plane.server, { token }, { ca: plane.authority.cert });
  if (feature === 'a rollout') await createDeployment(namespace);
  if (feature === 'slices of existing Services') await createServices(namespace);

  const run = async (more: object = {}): Promise<Ended> => {
    await place.write(configOf(kubeconfig, more));
    return rollcall(['run', '--once', '--timeout', '8s', '-c', place.file]);
  };
  // A run that ends with a hold says so by its exit code.
  const last = feature === 'the holds of an election' ? held : ok;
  const steps = [
    // A check that refuses makes rollcall take back its first object.
    async () => {
      await putKey(plane.etcd, `${prefix}web/1`, '192.0.2.1:80');
      if (feature === 'a rollout') return undefined;
      const refused = await run({ check: ['false'] });
      // Events are not needed: that they are refused is no failure.
      const said = refused.stderr.replace(/^.*no events are written on the objects.*$/gm, '');
      return /CHECK_(REFUSED|BROKEN_BEFORE)/.test(said) && !/UNDO_FAILED|KUBE_DENIED/.test(said) ? undefined : refused;
    },
    async () => ok(await run()),
    async () => {
      await putKey(plane.etcd, `${prefix}api/1`, '192.0.2.1:81');
      return ok(await run());
    },
    async () => {
      await deleteKey(plane.etcd, `${prefix}web/1`);
      return last(await run());
    },
    // A new leader takes up what the last step may have left.
    async () => last(await run()),
  ];
  for (const step of steps) {
    const failed = await step();
    if (failed) return failed;
  }
  return undefined;
}

const held = (ended: Ended): Ended | undefined =>
  ended.stdout.startsWith('target: in step, 1 held') ? undefined : ended;

const ok = (ended: Ended): Ended | undefined => (ended.code === 0 ? undefined : ended);

/** A Deployment whose rollout is always complete, because it wants no pods. No controller runs: its status is written here. */
async function createDeployment(namespace: string): Promise<void> {
  const labels = { app: 'nginx' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'good' }] } };
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const spec = { replicas: 0, selector: { matchLabels: labels }, template };
  await plane.api('POST', path, { metadata: { name: 'nginx' }, spec });
  // Far ahead of the generations that the test makes.
  await plane.api(
    'PATCH',
    `${path}/nginx/status`,
    { status: { observedGeneration: 1000 } },
    'application/merge-patch+json',
  );
}

/** Services for all services of the steps, as their owner has made them. */
async function createServices(namespace: string): Promise<void> {
  for (const name of ['web', 'api'])
    await plane.api('POST', `/api/v1/namespaces/${namespace}/services`, {
      metadata: { name },
      spec: { ports: [{ name: 'main', port: 80 }] },
    });
}

it('needs no right to write events', async () => {
  expect(await use('one ConfigMap', { resource: 'events', verb: 'create' })).toBeUndefined();
});

describe.each(Object.keys(targets) as Feature[])('%s', (feature) => {
  it('works with the Role that `rollcall rbac` prints', async () => {
    expect(await use(feature)).toBeUndefined();
  });

  const resource =
    {
      'a rollout': 'deployments',
      'an election': 'leases',
      'Services and their slices': 'services',
      'slices of existing Services': 'endpointslices',
    }[feature as string] ?? (feature.includes('Secret') ? 'secrets' : 'configmaps');
  const verbs = {
    'one ConfigMap': ['create', 'delete', 'get', 'patch'],
    'one Secret': ['create', 'delete', 'get', 'patch'],
    'a ConfigMap for each service': ['create', 'delete', 'get', 'list', 'patch'],
    'a Secret for each service': ['create', 'delete', 'get', 'list', 'patch'],
    'Services and their slices': ['create', 'delete', 'get', 'list', 'patch'],
    'slices of existing Services': ['create', 'delete', 'get', 'list', 'patch'],
    'a rollout': ['get', 'patch'],
    'an election': ['create', 'get', 'update'],
    'the holds of an election': ['get', 'patch'],
  }[feature];
  const name = feature === 'the holds of an election' ? 'rollcall-guard' : undefined;

  it.each(verbs)('does not work without the right to %s', async (verb) => {
    const failed = await use(feature, { resource, verb, name });
    expect(failed?.stderr).toMatch(/KUBE_DENIED|UNDO_FAILED|RELOAD_FAILED|CONFIRM_FAILED/);
    expect(failed?.stderr).toContain(verb);
  });
});
