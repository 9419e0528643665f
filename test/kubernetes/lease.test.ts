import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { kubeAssets } from '../../scripts/setup/kube.mjs';
import { createElection, type Election } from '../../src/election/election.js';
import { createKubernetesStore } from '../../src/election/kubernetes-store.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';
import { connectWith } from './support/connect.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';

const timing = { leaseDuration: 3000, renewDeadline: 2000, retryPeriod: 400 };
let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);

interface Spec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds: number;
  readonly leaseTransitions: number;
  readonly acquireTime: string;
  readonly renewTime: string;
}

const path = (name: string): string => `/apis/coordination.k8s.io/v1/namespaces/default/leases/${name}`;
const specOf = async (name: string): Promise<Spec> =>
  ((await plane.api('GET', path(name))).body as { spec: Spec }).spec;

function takePart(
  name: string,
  identity: string,
): { readonly election: Election; readonly leave: () => Promise<void> } {
  const kube = connectWith({ kubeconfig: plane.kubeconfig });
  const connect = () => Promise.resolve(kube);
  const { leaseDuration } = timing;
  const store = createKubernetesStore({
    connect,
    namespace: 'default',
    name,
    identity,
    leaseDuration,
    clock: realClock,
  });
  const election = createElection({
    ...{ store, identity, timing, clock: realClock, random: Math.random, log: memoryLog() },
    onChange: () => undefined,
  });
  const over = new AbortController();
  const running = election.run(over.signal);
  const leave = async (): Promise<void> => {
    over.abort();
    await running;
  };
  onTestFinished(leave);
  return { election, leave };
}

describe('an election on a Lease', () => {
  it('writes the fields of client-go, and releases the Lease', async () => {
    const { election, leave } = takePart('fields', 'us');
    await until(() => election.current(), { what: 'the leadership' });
    const first = await specOf('fields');
    expect(first).toMatchObject({ holderIdentity: 'us', leaseDurationSeconds: 3, leaseTransitions: 0 });
    expect(first.acquireTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    await until(async () => (await specOf('fields')).renewTime > first.renewTime, { what: 'a renewal' });
    expect((await specOf('fields')).acquireTime).toBe(first.acquireTime);
    await plane.api('PATCH', path('fields'), { metadata: { labels: { ours: 'no' } } }, 'application/merge-patch+json');
    await until(async () => (await specOf('fields')).renewTime > first.renewTime, { what: 'a renewal after the edit' });
    expect(election.current()?.epoch).toBe('0');
    await leave();
    const last = await plane.api('GET', path('fields'));
    expect(last.body).toMatchObject({ metadata: { labels: { ours: 'no' } }, spec: { leaseDurationSeconds: 1 } });
    expect((last.body as { spec: Spec }).spec.holderIdentity ?? '').toBe('');
  });

  it('counts on when the Lease was deleted', async () => {
    const { election } = takePart('deleted', 'us');
    await until(() => election.current(), { what: 'the leadership' });
    await plane.api('DELETE', path('deleted'));
    await until(() => election.current()?.epoch === '1', { what: 'the next epoch' });
  });

  it('is one election with the elector of client-go', async () => {
    const elector = async () => {
      const flags = {
        ...{ kubeconfig: join(plane.dir, 'admin.kubeconfig'), 'authentication-skip-lookup': 'true' },
        ...{
          'bind-address': '127.0.0.1',
          'secure-port': String(await freePort()),
          controllers: 'serviceaccount-controller',
        },
        ...{
          'leader-elect': 'true',
          'leader-elect-resource-name': 'shared',
          'leader-elect-resource-namespace': 'default',
        },
        ...{
          'leader-elect-lease-duration': '3s',
          'leader-elect-renew-deadline': '2s',
          'leader-elect-retry-period': '400ms',
        },
      };
      const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
      const child = spawn(join(kubeAssets(), 'kube-controller-manager'), args, { stdio: 'ignore' });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    };
    const isTheirs = async (): Promise<boolean> => {
      const { holderIdentity = '' } = await specOf('shared');
      return holderIdentity !== '' && holderIdentity !== 'us';
    };
    const theirs = await elector();
    await until(isTheirs, { what: 'the leadership of client-go', deadline: 30_000 });
    const { election, leave } = takePart('shared', 'us');
    await until(() => election.status().leader !== null, { what: 'its name' });
    expect(election.status()).toMatchObject({ state: 'standby', epoch: '0' });
    theirs.kill('SIGKILL');
    await until(() => election.current()?.epoch === '1', { what: 'our leadership', deadline: 15_000 });
    await elector();
    // Theirs waits while we renew, and leads soon after we release.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    expect(election.current()?.epoch).toBe('1');
    await leave();
    await until(isTheirs, { what: 'their second leadership', deadline: 15_000 });
    expect((await specOf('shared')).leaseTransitions).toBe(2);
  });
});
