import { writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { rollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { createReplica, type Replica } from './support/replicas.js';

const services = Array.from({ length: 8 }, (_, index) => `s${index}`);
const templates = {
  'one.hbs': '{{service.name}}{{#each service.instances}} {{port}}{{/each}}',
  'all.hbs': '{{#each services}}{{name}}{{#each instances}} {{port}}{{/each}}\n{{/each}}',
};
const target = (key: string) => ({ template: `./${key}.hbs`, dialect: 'none' });
const configOf = (kubeconfig: string) => ({
  kubernetes: { kubeconfig, namespace: 'default' },
  election: { kubernetes: { name: 'rollcall' }, leaseDuration: '3s', renewDeadline: '2s', retryPeriod: '400ms' },
  sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
  targets: [
    {
      name: 'each',
      guard: 'off',
      configMap: { name: 'each-{{service.name}}', forEach: 'service', data: { text: target('one') } },
    },
    { name: 'all', guard: 'off', configMap: { name: 'all', data: { text: target('all') } } },
    { name: 'file', guard: 'off', files: [{ path: 'out', ...target('all') }] },
  ],
});

/** The audit log with the objects of the answers, so that the writes of an object can be put in their true order. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'RequestResponse',
      verbs: ['create', 'update', 'patch', 'delete'],
      resources: [{ group: '', resources: ['configmaps'] }],
    },
    { level: 'Metadata' },
  ],
};

let plane: ControlPlane;
let replicas: Replica[];
/** What etcd has: the port of each service. */
const oracle = new Map<string, number>();
let writing = true;
let counter = 8000;

async function flow(): Promise<void> {
  for (let turn = 0; writing; turn++) {
    const service = services[turn % services.length] ?? '';
    await change(service, turn % 17 === 16);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function change(service: string, isEnd: boolean): Promise<void> {
  const key = `/services/${service}/1`;
  if (isEnd && oracle.has(service)) {
    await deleteKey(plane.etcd, key);
    oracle.delete(service);
    return;
  }
  counter += 1;
  await putKey(plane.etcd, key, `192.0.2.1:${counter}`);
  oracle.set(service, counter);
}

async function objects(): Promise<Record<string, string>> {
  const { body } = await plane.api(
    'GET',
    '/api/v1/namespaces/default/configmaps?labelSelector=rollcall/owner=rollcall',
  );
  const { items } = body as { items: { metadata: { name: string }; data?: { text: string } }[] };
  return Object.fromEntries(items.map(({ metadata, data }) => [metadata.name, data?.text ?? '']));
}

function expected(): Record<string, string> {
  const names = [...oracle.keys()].sort();
  const lines = names.map((name) => `${name} ${oracle.get(name)}`);
  return {
    all: lines.map((line) => `${line}\n`).join(''),
    ...Object.fromEntries(names.map((name, index) => [`each-${name}`, lines[index] ?? ''])),
  };
}

/** The replica that leads by its own word, in another epoch than before. */
function nextLeader(before: string): Promise<{ readonly leader: Replica; readonly epoch: string }> {
  return until(
    async () => {
      for (const leader of replicas) {
        const election = await leader.election();
        if (election?.state === 'leader' && election.epoch !== null && election.epoch !== before)
          return { leader, epoch: election.epoch };
      }
      return undefined;
    },
    { what: 'the next leader', deadline: 30_000, every: 20 },
  );
}

beforeAll(async () => {
  const policy = join(await tempDir('rollcall-audit-'), 'policy.json');
  await writeFile(policy, JSON.stringify(auditPolicy));
  plane = await startControlPlane({ args: [`--audit-policy-file=${policy}`] });
  for (const service of services) await change(service, false);
  const place = await createPlace(plane.etcd, configOf(plane.kubeconfig));
  for (const [file, text] of Object.entries(templates)) await writeFile(place.at(file), text);
  const printed = await rollcall(['rbac', '-c', place.file, '-o', 'json']);
  const { items } = JSON.parse(printed.stdout) as { items: { kind: string; rules?: object[] }[] };
  const rules = items.find(({ kind }) => kind === 'Role')?.rules ?? [];
  replicas = await Promise.all(
    ['rc-0', 'rc-1', 'rc-2'].map((name) => createReplica(plane, name, { rules, config: configOf, files: templates })),
  );
  await Promise.all(replicas.map((replica) => replica.start()));
}, 120_000);

interface Write {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly stage: string;
  readonly objectRef?: { readonly resource: string; readonly name: string };
  readonly responseStatus: { readonly code: number };
  readonly responseObject?: { readonly metadata?: { readonly annotations?: Record<string, string> } };
}

const faults = ['killed', 'stopped', 'cut', 'stranded'] as const;

describe('three processes with one Lease', () => {
  it('have one leader, and standbys that are ready and keep their files in step', async () => {
    const { leader } = await nextLeader('');
    await until(async () => JSON.stringify(await objects()) === JSON.stringify(sorted(expected())), {
      what: 'the objects',
    });
    for (const replica of replicas) {
      await until(async () => (await replica.ready()) === 200, { what: 'readiness' });
      await until(async () => (await readFile(replica.place.at('out'), 'utf8')) === expected().all, {
        what: 'the file',
      });
      const status = await replica.status();
      expect(status?.election?.state).toBe(replica === leader ? 'leader' : 'standby');
      await until(async () => (await replica.status())?.inStep, { what: 'all well' });
      expect(status?.targets.map(({ standby }) => standby)).toEqual(
        replica === leader ? [false, false, false] : [true, true, false],
      );
    }
    const shown = await rollcall(['status', '-c', leader.place.file]);
    expect(shown.stdout).toMatch(/^leader since .* in epoch \d+ \(Lease default\/rollcall\)$/m);
  });

  it('bring every object in step within five seconds after each takeover, whatever happens to the leader', async () => {
    const flowing = flow();
    let { leader, epoch } = await nextLeader('');
    const times: Record<string, number[]> = {};
    for (let round = 0; round < 10; round++) {
      const fault = faults[round % faults.length] ?? 'killed';
      const deposed = leader;
      const began = performance.now();
      if (fault === 'killed') deposed.process.send('SIGKILL');
      if (fault === 'stopped') deposed.process.send('SIGSTOP');
      if (fault === 'cut') await deposed.proxy.refuse();
      if (fault === 'stranded') deposed.proxy.strand();
      ({ leader, epoch } = await nextLeader(epoch));
      (times[fault] ??= []).push(Math.round(performance.now() - began));
      // The deposed leader comes back while the new one writes.
      if (fault === 'stopped') deposed.process.send('SIGCONT');
      if (fault === 'cut') await deposed.proxy.serve();
      if (fault === 'killed') await deposed.start();
      const since = Date.parse((await leader.election())?.since ?? '');
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, since + 4000 - Date.now())));
      writing = false;
      await flowing;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, since + 5000 - Date.now())));
      expect(sorted(await objects())).toEqual(sorted(expected()));
      writing = true;
      void flow();
    }
    writing = false;
    // What a fault of the leader costs: the lease, one renewal before it, and the pause of a standby.
    for (const took of Object.values(times).flat()) expect(took).toBeLessThan(10_000);
  }, 300_000);

  it('show in the audit log that no deposed leader has changed what the next one had touched', async () => {
    const holders = new Map(
      replicas.flatMap(({ user, identities }) => [...identities].map((id) => [id, user] as const)),
    );
    const writes = (await plane.audit()).filter(
      (line) => (line as unknown as Write).objectRef?.resource === 'configmaps',
    ) as unknown as Write[];
    const done = writes.filter(({ responseStatus, verb }) => responseStatus.code < 300 && verb !== 'delete');
    expect(new Set(done.map(({ user }) => user.username)).size).toBeGreaterThan(1);
    let marked = 0;
    for (const { user, responseObject } of done) {
      const [, holder] = responseObject?.metadata?.annotations?.['rollcall/epoch']?.split(' ') ?? [];
      if (holder === undefined) continue;
      marked += 1;
      expect(holders.get(holder)).toBe(user.username);
    }
    expect(marked).toBeGreaterThan(100);
  });

  it('hand the lease over at once when the leader ends', async () => {
    const { leader, epoch } = await nextLeader('');
    expect(await leader.process.end('SIGTERM')).toMatchObject({ code: 0 });
    const began = performance.now();
    await nextLeader(epoch);
    // The pause of a standby is at most 2.2 times `retryPeriod`.
    expect(performance.now() - began).toBeLessThan(2500);
  });
});

function sorted(map: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
