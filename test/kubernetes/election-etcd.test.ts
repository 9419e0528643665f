import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { rollcall } from '../support/command.js';
import { putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { createReplica, type Replica } from './support/replicas.js';

const templates = { 'all.hbs': '{{#each services}}{{name}}{{#each instances}} {{port}}{{/each}}\n{{/each}}' };
const rules = [
  { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'delete', 'get', 'list', 'patch'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'patch'] },
];
const configOf = (kubeconfig: string) => ({
  kubernetes: { kubeconfig, namespace: 'default' },
  election: { etcd: { prefix: '/leader/' }, leaseDuration: '3s', renewDeadline: '2s', retryPeriod: '400ms' },
  sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
  targets: [
    {
      name: 'all',
      guard: 'off',
      configMap: { name: 'all', data: { text: { template: './all.hbs', dialect: 'none' } } },
      reload: { rollout: { kind: 'Deployment', name: 'consumer' } },
    },
  ],
});

let plane: ControlPlane;
let replicas: Replica[];

async function leaderOf(before?: string): Promise<{ leader: Replica; epoch: string }> {
  return until(
    async () => {
      for (const leader of replicas) {
        const election = await leader.election();
        if (election?.state === 'leader' && election.epoch !== null && election.epoch !== before)
          return { leader, epoch: election.epoch };
      }
      return undefined;
    },
    { what: 'a leader', deadline: 30_000 },
  );
}

const shows = (port: number): Promise<unknown> =>
  until(
    async () => {
      const { body } = await plane.api('GET', '/api/v1/namespaces/default/configmaps/all');
      return (body as { data?: { text: string } }).data?.text === `web ${port}\n`;
    },
    { what: `port ${port}`, deadline: 15_000 },
  );
const register = (port: number): Promise<unknown> => putKey(plane.etcd, '/services/web/1', `192.0.2.1:${port}`);
const deployment = async () =>
  (await plane.api('GET', '/apis/apps/v1/namespaces/default/deployments/consumer')).body as {
    metadata: { generation: number };
    spec: { template: { metadata: { annotations?: Record<string, string> } } };
  };

beforeAll(async () => {
  plane = await startControlPlane();
  const labels = { app: 'consumer' };
  await plane.api('POST', '/apis/apps/v1/namespaces/default/deployments', {
    metadata: { name: 'consumer' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'c' }] } },
    },
  });
  await register(1);
  replicas = await Promise.all(
    ['etcd-0', 'etcd-1'].map((name) => createReplica(plane, name, { rules, config: configOf, files: templates })),
  );
  await Promise.all(replicas.map((replica) => replica.start()));
}, 120_000);

describe('two processes with an election in etcd', () => {
  it('keep their leader over an edit of the config', async () => {
    const { leader, epoch } = await leaderOf();
    await shows(1);
    const lines = leader.process.lines().length;
    const config = await readFile(leader.place.file, 'utf8');
    await writeFile(
      leader.place.file,
      config.replace(/(configMap:\n\s+)name: all\n(\s+)/, '$1name: all\n$2labels: { team: edge }\n$2'),
    );
    await leader.process.line(({ msg }) => msg === 'the new config is in force', 'the new config', lines);
    await register(2);
    await shows(2);
    expect(await leader.election()).toMatchObject({ state: 'leader', epoch, transitions: 1 });
    await writeFile(leader.place.file, config);
  });

  it('have another leader while one is stopped, and the stopped one writes nothing afterwards', async () => {
    const { leader: stopped, epoch } = await leaderOf();
    stopped.process.send('SIGSTOP');
    await register(3);
    const { leader } = await leaderOf(epoch);
    await shows(3);
    await until(async () => (await leader.status())?.inStep, { what: 'all in step' });
    const before = await deployment();
    stopped.process.send('SIGCONT');
    await until(async () => (await stopped.election())?.state === 'standby', { what: 'its new place' });
    await register(4);
    await shows(4);
    await until(async () => (await stopped.ready()) === 200, { what: 'a ready standby' });
    expect(before.metadata.generation).toBeGreaterThan(1);
  });

  it('roll nothing again when the leader changes without a change of the data', async () => {
    const { leader, epoch } = await leaderOf();
    await until(async () => (await leader.status())?.inStep, { what: 'all in step' });
    const { metadata, spec } = await deployment();
    await leader.process.end('SIGTERM');
    const { leader: next } = await leaderOf(epoch);
    await until(async () => (await next.status())?.inStep, { what: 'all in step' });
    await until(async () => (await next.status())?.targets[0]?.reloadedAt, { what: 'its reload' });
    const after = await deployment();
    expect(after.spec.template).toEqual(spec.template);
    expect(after.metadata.generation).toBe(metadata.generation);
    await leader.start();
  });

  it('write what was pending after a restart of etcd', async () => {
    await plane.etcd.restart();
    await register(5);
    await shows(5);
    await leaderOf();
  });

  it('let `run --once` write nothing while another process leads', async () => {
    const { leader } = await leaderOf();
    const [other] = replicas.filter((replica) => replica !== leader);
    await other?.process.end('SIGTERM');
    const once = await rollcall(['run', '--once', '--timeout', '3s', '-c', other?.place.file ?? '']);
    expect(once.code).toBe(1);
    expect(once.stdout + once.stderr).toContain('another process is the leader');
  });
});
