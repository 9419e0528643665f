import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { targetKinds } from '../../../src/targets/registry.js';
import { rollcall } from '../../support/command.js';
import { tempDir } from '../../support/temp.js';
import { chart, template, uses, type Manifest } from '../support/helm.js';

type Rights = Readonly<Record<string, readonly object[]>>;

const rightsOf = (objects: readonly Manifest[]): Rights =>
  Object.fromEntries<readonly object[]>(
    objects.filter(({ kind }) => kind === 'Role').map(({ metadata, rules }) => [metadata.namespace ?? '', rules ?? []]),
  );

/** The rights that the chart grants, and those that the program prints for the config that the chart has made. */
async function compare(args: readonly string[]): Promise<{ readonly granted: Rights; readonly printed: Rights }> {
  const objects = await template('y', 'apps', args);
  const dir = await tempDir('rollcall-chart-');
  for (const { kind, metadata, data } of objects)
    if (kind === 'ConfigMap' && metadata.name.endsWith('-config'))
      for (const [name, text] of Object.entries(data ?? {})) await writeFile(join(dir, name), text);
  const file = join(dir, 'rollcall.yaml');
  const account = ['--service-account', 'y-rollcall', '--namespace', 'apps'];
  const { code, stdout, stderr } = await rollcall(['rbac', '-c', file, '-o', 'json', ...account]);
  expect(stderr).toMatch(/^(rollcall: the config needs no rights in a cluster\n)?$/);
  expect(code).toBe(0);
  const { items } = JSON.parse(stdout === '' ? '{"items":[]}' : stdout) as { items: Manifest[] };
  for (const binding of objects.filter(({ kind }) => kind === 'RoleBinding')) {
    const found = items.find(
      ({ kind, metadata }) => kind === 'RoleBinding' && metadata.namespace === binding.metadata.namespace,
    );
    // Outside of the namespace of the release, another release may have the same name.
    const name = binding.metadata.namespace === 'apps' ? 'y-rollcall' : 'y-rollcall-apps';
    expect(binding.metadata.name).toBe(name);
    expect(binding).toMatchObject({ roleRef: { ...(found?.roleRef as object), name }, subjects: found?.subjects });
  }
  return { granted: rightsOf(objects), printed: rightsOf(items) };
}

const sources = [{ name: 'services', prefix: '/services/' }];
const data = { k: { template: 'nginx-upstreams' } };
const each = { name: 'a-{{service.name}}', forEach: 'service', data: { k: { template: 'hosts', dialect: 'none' } } };
const nginx = { kind: 'Deployment', name: 'nginx' };
const files = [{ path: '/out/hosts', template: 'hosts' }];

async function compareConfig(config: object): Promise<{ readonly granted: Rights; readonly printed: Rights }> {
  const file = join(await tempDir('rollcall-chart-'), 'values.yaml');
  await writeFile(file, stringify({ image: { repository: 'a' }, config: { sources, ...config } }));
  return compare(['-f', file]);
}

/** Parts of a config that need rights, each in several manners. Names and namespaces meet, so that rules are merged. */
const all = {
  'a ConfigMap': { configMap: { name: 'a', data } },
  'a ConfigMap elsewhere': { configMap: { name: 'b', namespace: 'edge', data } },
  'another ConfigMap': { configMap: { name: 'c', data } },
  'a Secret': { secret: { name: 'a', data } },
  'a Secret elsewhere': { secret: { name: 'b', namespace: 'edge', data } },
  'a ConfigMap for each service': { configMap: each },
  'a ConfigMap for each service elsewhere': { configMap: { ...each, name: 'b-{{service.name}}', namespace: 'edge' } },
  'a Secret for each service': { secret: each },
  'a rollout': { files, reload: { rollout: nginx } },
  'a rollout with a confirm': {
    files: [{ path: '/out/more', template: 'hosts' }],
    reload: { rollout: { ...nginx, namespace: 'edge' } },
    confirm: { rollout: { ...nginx, namespace: 'edge' } },
  },
  'a rollout of another kind after a ConfigMap': {
    configMap: { name: 'd', data },
    reload: { rollout: { kind: 'StatefulSet', name: 'cache' } },
    confirm: { rollout: { kind: 'DaemonSet', name: 'agent' } },
  },
  EndpointSlices: { endpointSlices: {} },
  'EndpointSlices of Services that exist': { endpointSlices: { namespace: 'vault', service: 'existing' } },
  'files only': { files: [{ path: '/out/files', template: 'hosts' }], reload: { command: ['true'] } },
  'a server': { skydns: { domain: 'cluster.example.com', owner: 'a' } },
};
type Part = keyof typeof all;
const targets: Readonly<Record<Part, object>> = all;
const parts = (Object.keys(all) as Part[]).filter((part) =>
  Object.keys(targets[part]).some((key) => targetKinds.keys.includes(key)),
);

const wholes = {
  nothing: {},
  'a namespace': { kubernetes: { namespace: 'edge' } },
  'no events': { kubernetes: { events: false } },
  'an election': { election: { kubernetes: { name: 'leader' } } },
  'an election elsewhere': { election: { kubernetes: { name: 'leader', namespace: 'vault' } } },
  'an election in etcd': { election: { etcd: { prefix: '/leader/' } } },
};
type Whole = keyof typeof wholes;

const configOf = (names: readonly Part[], whole: Whole): object => ({
  ...wholes[whole],
  targets: names.map((name, index) => ({ name: `target-${index}`, ...targets[name] })),
});

it('compares each kind of target that needs rights, and knows those that are cluster-wide', async () => {
  const compared = new Set(parts.flatMap((part) => Object.keys(targets[part])));
  const helper = await readFile(join(chart, 'templates', '_config.tpl'), 'utf8');
  const [, words = ''] = /define "rollcall.isClusterWide"[^]*?range list (.*?) -}}/.exec(helper) ?? [];
  for (const kind of targetKinds.all) {
    expect('permissions' in kind && !compared.has(kind.key), `${kind.key} is not compared`).toBe(false);
    expect(words.split(' ').includes(`"${kind.key}"`), `${kind.key} is cluster-wide`).toBe(kind.clusterWide === true);
  }
});

describe('the chart grants what `rollcall rbac` prints', () => {
  it.each([...uses.keys()].filter((use) => !['existing', 'bare', 'everything'].includes(use)))(
    'for the values %s',
    async (use) => {
      const { granted, printed } = await compare(['-f', uses.get(use) ?? '']);
      expect(granted).toEqual(printed);
    },
  );

  it.each(parts)('for %s', async (part) => {
    const { granted, printed } = await compareConfig(configOf([part], 'nothing'));
    expect(granted).toEqual(printed);
    expect(Object.keys(granted).length > 0).toBe(!['files only', 'a server'].includes(part));
  });

  it.each(Object.keys(wholes) as Whole[])('for a target with %s', async (whole) => {
    const { granted, printed } = await compareConfig(configOf(['a ConfigMap'], whole));
    expect(granted).toEqual(printed);
  });

  it('for all of them together', async () => {
    const { granted, printed } = await compareConfig(configOf(parts, 'an election elsewhere'));
    expect(granted).toEqual(printed);
    expect(Object.keys(granted)).toEqual(['apps', 'edge', 'vault']);
  });

  it('for any of them', async () => {
    const some = fc
      .subarray(parts, { minLength: 1 })
      .chain((chosen) => fc.shuffledSubarray(chosen, { minLength: chosen.length }));
    const whole = fc.constantFrom(...(Object.keys(wholes) as Whole[]));
    await fc.assert(
      fc.asyncProperty(some, whole, async (names, chosen) => {
        const { granted, printed } = await compareConfig(configOf(names, chosen));
        expect(granted).toEqual(printed);
      }),
      { numRuns: 30 },
    );
  }, 120_000);
});

it('names a Role elsewhere after the release and its namespace, in 63 characters', async () => {
  const names = async (namespace: string): Promise<string[]> => {
    const args = ['-f', uses.get('everything') ?? '', '--set=fullnameOverride=' + 'n'.repeat(60)];
    const roles = (await template('y', namespace, args)).filter(({ kind }) => kind === 'Role');
    return roles.filter(({ metadata }) => metadata.namespace !== namespace).map(({ metadata }) => metadata.name);
  };
  const [one, two] = [await names('a-very-long-name-1'), await names('a-very-long-name-2')];
  for (const name of [...one, ...two]) expect(name).toMatch(/^n{52}-[-a-z0-9]{1,10}$/);
  expect(new Set([...one, ...two]).size).toBe(2);
});

it('grants nothing and mounts no token where a kubeconfig names another cluster', async () => {
  const args = ['-f', uses.get('controller') ?? '', '--set=config.kubernetes.kubeconfig=/etc/other/kubeconfig'];
  const objects = await template('y', 'apps', args);
  expect(objects.filter(({ kind }) => kind.startsWith('Role'))).toEqual([]);
  expect(objects.find(({ kind }) => kind === 'Deployment')?.spec).toMatchObject({
    template: { spec: { automountServiceAccountToken: false } },
  });
  // Two releases of one name in two namespaces do not share a Lease there.
  expect(objects.find(({ kind }) => kind === 'ConfigMap')?.data?.['rollcall.yaml']).toContain('y-rollcall-apps');
});

describe('rbac.rules', () => {
  const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };

  it('are all rules with a ConfigMap that the chart does not know', async () => {
    const args = ['-f', uses.get('existing') ?? '', `--set-json=rbac.rules=${JSON.stringify([rule])}`];
    expect(rightsOf(await template('y', 'apps', args))).toEqual({ apps: [rule] });
  });

  it('come after those of the config', async () => {
    const args = ['-f', uses.get('controller') ?? '', `--set-json=rbac.rules=${JSON.stringify([rule])}`];
    const { granted, printed } = await compare(args);
    expect(granted).toEqual({ apps: [...(printed.apps ?? []), rule] });
  });

  it('are not granted without rbac.create', async () => {
    expect(rightsOf(await template('y', 'apps', ['-f', uses.get('bare') ?? '']))).toEqual({});
  });
});
