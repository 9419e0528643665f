import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { tempDir } from '../../support/temp.js';
import { chart, runTool, template, uses, type Manifest } from '../support/helm.js';

const controller = ['-f', uses.get('controller') ?? ''];
const all = ['-f', uses.get('everything') ?? ''];
const make = (...args: string[]): Promise<Manifest[]> => template('y', 'apps', args);
const notes = async (...args: string[]): Promise<string> =>
  (await runTool('helm', ['install', 'y', chart, '--dry-run=client', ...args])).stdout.replace(/^[^]*\nNOTES:\n/, '');
const refused = (...args: string[]): Promise<string> =>
  make(...args).then(
    () => 'taken',
    (error: unknown) => String(error),
  );

describe('helm refuses', () => {
  it.each([
    ['a mistyped value', '--set=replicass=1', 'replicass'],
    ['a mistyped value in a group', '--set=image.tagg=1', 'tagg'],
    ['a mistyped key of the config', '--set=config.targetz=1', 'targetz'],
    ['a mistyped key at a leaf of the config', '--set=config.etcd.tls.servername=a', 'servername'],
    ['a mistyped key of a target', '--set-json=config.targets[0].configMap.nmae="a"', 'nmae'],
    ['a value of another type', '--set=config.targets[0].configMap.force=1', 'got number, want boolean'],
    ['a wrong choice', '--set=mode=sidecar', "value must be one of 'controller', 'node'"],
    ['a name that no object may have', '--set=config.election.kubernetes.name=Upper', 'pattern'],
    ['the state directory, which the chart sets', '--set=config.stateDir=/tmp', 'stateDir'],
    ['a mistyped key of a security context', '--set=securityContext.readOnly=true', 'readOnly'],
    ['a mistyped key of a toleration', '--set=tolerations[0].efect=NoSchedule', 'efect'],
    ['a mistyped key of a rule', '--set-json=rbac.rules=[{"apiGroup":[""],"resources":[],"verbs":[]}]', 'apiGroup'],
    ['a template that hides the config', '--set=templates.rollcall\\.yaml=a', 'rollcall.yaml'],
    ['a template in a directory', '--set=templates.a/b=a', 'a/b'],
    ['no image', '--set=image.repository=', 'minLength'],
    ['no target', '--set-json=config.targets=[]', 'minItems'],
    ['an admin server that no probe reaches', '--set=config.admin.listen=127.0.0.1:9117', 'no probe gets an answer'],
    ['a config and a ConfigMap with another', '--set=existingConfigMap=mine', 'give one of them'],
  ])('%s', async (_what, value, words) => {
    expect(await refused(...controller, value)).toContain(words);
  });

  it('a release without an image or a config, and says what is missing', async () => {
    expect(await refused()).toContain("missing property 'repository'");
    expect(await refused('--set=image.repository=a')).toContain('give the config of rollcall');
  });

  it('templates beside the ConfigMap of another', async () => {
    const values = ['--set=image.repository=a', '--set=existingConfigMap=mine', '--set=templates.a=b'];
    expect(await refused(...values)).toContain('they belong into the ConfigMap of existingConfigMap');
  });
});

const kinds = (objects: readonly Manifest[]): string[] => objects.map(({ kind }) => kind).sort();
const one = (objects: readonly Manifest[], kind: string): Manifest => {
  const found = objects.filter((each) => each.kind === kind);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} objects of kind ${kind}`);
  return found[0];
};

/** The config as the program reads it. */
const configOf = (objects: readonly Manifest[]): unknown =>
  parse(objects.find(({ metadata }) => metadata.name.endsWith('-config'))?.data?.['rollcall.yaml'] ?? '');
const podOf = ({ spec }: Manifest): Manifest => (spec as { template: Manifest }).template;

describe('the chart', () => {
  it('makes two pods, a budget and an election by itself where a target is cluster-wide', async () => {
    const objects = await make(...controller);
    expect(kinds(objects)).toEqual(
      ['ConfigMap', 'Deployment', 'Pod', 'PodDisruptionBudget', 'Role', 'RoleBinding', 'ServiceAccount'].sort(),
    );
    expect(one(objects, 'Deployment').spec).toMatchObject({ replicas: 2 });
    expect(configOf(objects)).toMatchObject({ election: { kubernetes: { name: 'y-rollcall', namespace: 'apps' } } });
  });

  it('makes one pod, and gives it no token and no rights, where no target needs the cluster', async () => {
    const objects = await make('-f', uses.get('servers') ?? '');
    expect(kinds(objects)).toEqual(['ConfigMap', 'Deployment', 'Pod', 'ServiceAccount']);
    expect(one(objects, 'Deployment').spec).toMatchObject({
      replicas: 1,
      template: { spec: { automountServiceAccountToken: false } },
    });
    expect(configOf(objects)).not.toHaveProperty('election');
  });

  it('has a budget that lets pods without etcd be evicted, where Kubernetes knows how', async () => {
    const policy = async (...args: string[]): Promise<unknown> =>
      one(await make(...controller, ...args), 'PodDisruptionBudget').spec?.unhealthyPodEvictionPolicy;
    expect(await policy()).toBe('AlwaysAllow');
    expect(await policy('--kube-version', '1.26.3')).toBeUndefined();
  });

  it('makes one pod, which ends before the next one starts, where no election covers a target', async () => {
    const dns = { name: 'dns', dnsUpdate: { server: '192.0.2.53', zone: 'svc.example.com', owner: 'a' } };
    const mixed = `--set-json=config.targets[1]=${JSON.stringify(dns)}`;
    const spec = async (...args: string[]): Promise<unknown> => one(await make(...args), 'Deployment').spec;
    const rolling = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    expect(await spec(...controller)).toMatchObject({ replicas: 2, strategy: rolling });
    expect(await spec(...controller, '--set=replicas=1')).toMatchObject({ replicas: 1, strategy: rolling });
    for (const args of [
      ['-f', uses.get('servers') ?? ''],
      [...controller, mixed],
    ])
      expect(await spec(...args)).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(await spec('--set=image.repository=a,existingConfigMap=mine')).toMatchObject({
      ...{ replicas: 1, strategy: { type: 'Recreate' } },
    });
    expect(await spec('-f', uses.get('existing') ?? '')).toMatchObject({ replicas: 2, strategy: rolling });
    for (const [args, warned] of [
      [[mixed], false],
      [[mixed, '--set=replicas=2'], true],
      [[mixed, '--set=mode=node'], true],
      [['--set=replicas=2'], false],
    ] as const) {
      const said = await notes(...controller, ...args);
      expect([args, said.includes('no election covers target dns')]).toEqual([args, warned]);
    }
  });

  it('makes no budget for one pod', async () => {
    expect(kinds(await make(...controller, '--set=replicas=1'))).not.toContain('PodDisruptionBudget');
  });

  it('replaces the pods when the config or a template changes', async () => {
    const of = async (...args: string[]): Promise<unknown> => {
      const { template } = one(await make(...args), 'Deployment').spec as { template: Manifest };
      return (template.metadata.annotations as Record<string, string>)['checksum/config'];
    };
    const before = await of(...controller);
    expect(await of(...controller, '--set=logLevel=debug')).toBe(before);
    expect(await of(...controller, '--set=config.targets[0].name=b')).not.toBe(before);
    expect(await of(...controller, '--set=templates.a=b')).not.toBe(before);
    expect(await of(...controller, '--set=rolloutOnConfigChange=false')).toBeUndefined();
  });

  it('reads `guard: off`, which is false in YAML 1.1, and keeps the braces of templates', async () => {
    expect(configOf(await make(...controller))).toMatchObject({ targets: [{ guard: 'off' }] });
    const objects = await make(...all);
    const data = objects.find(({ metadata }) => metadata.name === 'y-roll-config')?.data;
    expect(data?.['list.hbs']).toBe(
      '{{#each service.instances}}\n{{host}}:{{port}} # "quoted", {{{{raw}}}}\n{{/each}}\n',
    );
    expect(configOf(objects)).toMatchObject({ targets: [{ configMap: { name: 'svc-{{service.name}}' } }, {}] });
  });

  it('names the files of the Secrets for etcd in the config, and mounts them', async () => {
    const objects = await make(...all);
    const dir = '/etc/rollcall-etcd';
    expect(configOf(objects)).toMatchObject({
      etcd: {
        auth: { username: 'reader', passwordFile: `${dir}/auth/password` },
        tls: { ca: `${dir}/tls/ca.crt`, cert: `${dir}/tls/tls.crt`, key: `${dir}/tls/tls.key` },
      },
    });
    expect(JSON.stringify(one(objects, 'Deployment'))).toContain(
      '"mountPath":"/etc/rollcall-etcd/tls","readOnly":true',
    );
  });

  it('allows the ports of etcd, of the API server and of name servers', async () => {
    const { egress } = one(await make(...all), 'NetworkPolicy').spec as { egress: { ports: { port: number }[] }[] };
    expect(egress.map(({ ports }) => ports.map(({ port }) => port))).toEqual([
      [53, 53],
      [2379, 12379],
      [443, 6443],
      [8443],
    ]);
    const elsewhere = ['--set=networkPolicy.enabled=true,config.kubernetes.kubeconfig=/etc/other/kubeconfig'];
    expect(JSON.stringify(one(await make(...controller, ...elsewhere), 'NetworkPolicy').spec)).toContain('"port":6443');
  });

  it('allows the ports of all other servers that the config names', async () => {
    const http = (url: string): object => ({ http: { url } });
    const targets = [
      {
        files: [{ path: '/out/a', template: 'hosts' }],
        reload: http('http://a/reload'),
        confirm: http('https://[::1]'),
      },
      {
        files: [{ path: '/out/b', template: 'hosts' }],
        reload: http('https://a:8443?at=b:1'),
        confirm: { command: ['a'] },
      },
      { dnsUpdate: { server: '192.0.2.53', zone: 'a.example.com', owner: 'a' } },
      { dnsUpdate: { server: '2001:db8::5353', zone: 'b.example.com', owner: 'a' } },
      { dnsUpdate: { server: '[2001:db8::53]:5353', zone: 'c.example.com', owner: 'a' } },
      { skydns: { domain: 'd.example.com', owner: 'a', etcd: { endpoints: ['http://a:3379/'] } } },
    ].map((target, index) => ({ name: `target-${index}`, ...target }));
    const config = { sources: [{ name: 'a', prefix: '/a/' }], targets };
    const election = { etcd: { prefix: '/leader/', etcd: { endpoints: ['a:4379'] } } };
    const values = [
      '--set=image.repository=a,networkPolicy.enabled=true',
      `--set-json=config=${JSON.stringify(config)}`,
    ];
    const objects = await make(...values, `--set-json=config.election=${JSON.stringify(election)}`);
    const { egress } = one(objects, 'NetworkPolicy').spec as { egress: { ports: { port: number }[] }[] };
    expect(egress.map(({ ports }) => ports.map(({ port }) => port))).toEqual([
      [53, 53],
      [2379, 4379, 3379],
      [80, 443, 8443, 5353],
    ]);
  });

  it('selects the pods and their test for the network policy, and not the test for anything else', async () => {
    const objects = await make(...controller, '--set=networkPolicy.enabled=true,service.enabled=true');
    const labels = {
      pod: podOf(one(objects, 'Deployment')).metadata.labels,
      test: one(objects, 'Pod').metadata.labels,
    };
    const matches = (own: unknown, selector: unknown): boolean =>
      Object.entries(selector as object).every(([key, value]) => (own as Record<string, string>)[key] === value);
    const of = (kind: string): unknown => one(objects, kind).spec;
    const policy = (of('NetworkPolicy') as { podSelector: { matchLabels: object } }).podSelector.matchLabels;
    expect([matches(labels.pod, policy), matches(labels.test, policy)]).toEqual([true, true]);
    for (const selector of [
      (of('Service') as { selector: object }).selector,
      (of('Deployment') as { selector: { matchLabels: object } }).selector.matchLabels,
    ])
      expect([matches(labels.pod, selector), matches(labels.test, selector)]).toEqual([true, false]);
  });

  it('has a test that sees what the pods see, and whose log stays', async () => {
    const objects = await make('-f', uses.get('node') ?? '');
    const [test, daemon] = [one(objects, 'Pod'), podOf(one(objects, 'DaemonSet'))];
    expect(test.metadata.annotations).toMatchObject({ 'helm.sh/hook-delete-policy': 'before-hook-creation' });
    expect(test.spec).toMatchObject({ hostNetwork: true, hostPID: true, dnsPolicy: 'ClusterFirstWithHostNet' });
    const same = ({ spec = {} }: Manifest): unknown[] => {
      const [{ image, env, resources, securityContext, volumeMounts } = {}] = spec.containers as Record<
        string,
        unknown
      >[];
      const of = { ...spec, containers: { image, env, resources, securityContext, volumeMounts } };
      return Object.entries(of)
        .filter(([key]) => !['restartPolicy', 'terminationGracePeriodSeconds'].includes(key))
        .sort();
    };
    expect(same(test)).toEqual(same(daemon));
    expect(test.spec?.containers).toMatchObject([{ resources: { limits: { memory: '512Mi' } } }]);
  });

  it('runs as root without capabilities on nodes, and as no root elsewhere', async () => {
    const node = one(await make('-f', uses.get('node') ?? ''), 'DaemonSet');
    const deployment = one(await make(...controller), 'Deployment');
    for (const [workload, user] of [
      [node, 0],
      [deployment, 65532],
    ] as const) {
      const { spec } = (workload.spec as { template: { spec: Record<string, unknown> & { containers: unknown[] } } })
        .template;
      expect(spec.securityContext).toMatchObject({
        ...{ runAsNonRoot: user !== 0, runAsUser: user, runAsGroup: user, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(spec.containers).toMatchObject([
        {
          securityContext: {
            ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          },
        },
      ]);
    }
  });
});

it('gives the program each value of the config as it was given', async () => {
  // Helm reads and writes YAML 1.1, the program reads YAML 1.2.
  const words = [
    'yes',
    'off',
    '0644',
    '0o17',
    '1e3',
    '1_000',
    '0x1f',
    '7e12345',
    '0x1234567890abcdef12345678',
    '0b11',
    '12:30',
    '1.2.3',
    '2026-01-01',
    'null',
    '~',
    '.inf',
    '=',
    '<<',
    '',
  ].concat([
    '{{a}}',
    '{{ .Values }}',
    '%',
    '@a',
    '- a',
    'a: b',
    'a #b',
    '"',
    "'",
    '\\',
    'é\u2028',
    'a\nb\n',
    ' a ',
    '\t',
    '!a',
    '*a',
    '&a',
    '|',
    '>',
  ]);
  const check = async (vars: object): Promise<void> => {
    const file = join(await tempDir('rollcall-values-'), 'values.yaml');
    // Escaped, because YAML breaks lines at more characters than JSON.
    const escape = (char: string): string => `\\U${char.codePointAt(0)?.toString(16).padStart(8, '0') ?? ''}`;
    await writeFile(file, JSON.stringify({ config: { vars } }).replace(/[^\x20-\x7e]/gu, escape));
    expect(configOf(await make(...controller, '-f', file))).toHaveProperty('vars', vars);
  };
  await check({
    words,
    numbers: [0, -1, 1_048_577, 1_000_000, 2 ** 53 - 1, 0.1, 1e-7],
    truths: [true, false],
    maps: [{}, []],
  });
  await check(Object.fromEntries(words.map((word) => [word, word])));
  const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean());
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.string({ unit: 'grapheme-ascii' }), value, { minKeys: 1, noNullPrototype: true }),
      check,
    ),
    { numRuns: 40 },
  );
}, 120_000);

const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'howto', 'helm.md'), 'utf8');
const blocks = [...page.matchAll(/^( *)```yaml\n([^]*?)^ *```$/gm)].map(([, indent = '', text = '']) =>
  text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
);

describe('the values in docs/howto/helm.md', () => {
  it('are found', () => {
    expect(blocks.length).toBeGreaterThan(5);
  });

  it.each(blocks)('%s', async (text) => {
    const file = join(await tempDir('rollcall-values-'), 'values.yaml');
    await writeFile(file, text);
    // A part of the values is added to those of another example.
    const others = text.includes('existingConfigMap') ? ['--set=image.repository=a'] : controller;
    expect(kinds(await make(...others, '-f', file))).toContain(
      text.includes('mode: node') ? 'DaemonSet' : 'Deployment',
    );
  });
});
