import { beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { observe, type Observer } from '../faults/observer.js';
import { rollcall, type Line, type Running } from '../support/command.js';
import { until } from '../support/poll.js';
import { makeClusterWorld, type ClusterWorld } from './support/cluster-world.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { startFaultProxy, type Fault, type FaultProxy, type HeardCall } from './support/fault-proxy.js';

let plane: ControlPlane;
let proxy: FaultProxy;
let world: ClusterWorld;
let running: Running;
let observer: Observer;
let port = 8000;

beforeAll(async () => {
  plane = await startControlPlane();
  proxy = await startFaultProxy(plane);
}, 120_000);
beforeEach(async () => {
  world = await makeClusterWorld(plane, proxy);
  await world.put((port += 1));
  running = world.start();
  await world.inStep();
  observer = observe(world);
});
afterEach(async () => {
  await observer.stop();
  // The one process of the test has lived through all of it.
  expect(await running.end()).toMatchObject({ code: 0 });
  expect(observer.lies).toEqual([]);
});

const isWrite = ({ method, path }: HeardCall): boolean => method === 'PATCH' && path.includes('/configmaps/');
const worksAgain = ({ msg }: Line): boolean => msg.startsWith('works again after ');

describe('an API server that', () => {
  it.each<[string, Fault, RegExp]>([
    [
      'asks for a pause (429)',
      { status: 429, reason: 'TooManyRequests', headers: { 'retry-after': '1' } },
      /overloaded/,
    ],
    ['fails inside (500)', { status: 500, reason: 'InternalError' }, /InternalError/],
    ['is not ready (503)', { status: 503, reason: 'ServiceUnavailable' }, /ServiceUnavailable/],
    ['refuses the account (401)', { status: 401, reason: 'Unauthorized' }, /does not accept our credentials/],
    ['has not read the roles (403)', { status: 403, reason: 'Forbidden' }, /Forbidden/],
    ['says that the object has changed (409)', { status: 409, reason: 'Conflict' }, /Conflict/],
  ])('%s: the newest data and its rollout follow, and the status says why not yet', async (_what, fault, why) => {
    proxy.fail((call) => (isWrite(call) ? fault : undefined));
    await world.put((port += 1));
    await world.says(why);
    await running.line(({ level, error }) => level === 'error' && why.test(String(error)), 'the failure');
    await world.put((port += 1));
    proxy.heal();
    await world.inStep(60_000);
    await running.line(worksAgain, 'the end of the outage');
  });

  it('loses its answers is looked at: what was written counts, and its rollout follows', async () => {
    proxy.fail((call) => (isWrite(call) ? 'lost' : undefined));
    await world.put((port += 1));
    await world.inStep(60_000);
    expect(running.lines().filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('does not answer is asked again over another connection', async () => {
    proxy.fail((call) => (isWrite(call) ? 'silent' : undefined));
    await world.put((port += 1));
    await until(async () => ((await world.status())?.lagMs ?? 0) > 1000, { what: 'a lag' });
    proxy.heal();
    await world.inStep(60_000);
  });

  it('asks for a long pause gets it', async () => {
    const headers = { 'retry-after': '12' };
    proxy.fail((call) => (isWrite(call) ? { status: 429, reason: 'TooManyRequests', headers } : undefined));
    await world.put((port += 1));
    const failure = await running.line(({ code }) => code === 'KUBE_UNREACHABLE', 'the failure');
    expect(failure.retryInMs).toBeGreaterThanOrEqual(11_000);
    proxy.heal();
    await world.inStep();
  });

  it('cannot roll out keeps the rollout pending, and the ConfigMap is written', async () => {
    proxy.fail(({ path }) => (path.includes('/deployments/') ? { status: 500, reason: 'InternalError' } : undefined));
    await world.put((port += 1));
    expect((await world.says(/InternalError/)).pendingReload).not.toBeNull();
    await until(async () => (await world.read()).get('upstreams') === `web ${port}\n`, { what: 'the ConfigMap' });
    await running.line(({ code }) => code === 'RELOAD_FAILED', 'the failure');
    proxy.heal();
    await world.inStep(60_000);
  });

  it('has lost the version of a list (410) is asked for another list', async () => {
    let lists = 0;
    proxy.fail(({ method, path }) =>
      method === 'GET' && path.includes('/configmaps?') && ++lists === 1
        ? { status: 410, reason: 'Expired' }
        : undefined,
    );
    // Until the resync, the process cannot know of the removal.
    await observer.stop();
    await world.configMap('DELETE');
    expect(await rollcall(['resync', '-c', world.place.file])).toMatchObject({ code: 0 });
    await until(() => lists >= 2, { what: 'the second list' });
    proxy.heal();
    await world.inStep();
    expect(running.lines().filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('an outage', () => {
  it('of a killed API server ends without a refusal, with the newest data and its rollout', async () => {
    for (let round = 0; round < 2; round++) {
      const from = running.lines().length;
      await plane.kill();
      await world.put((port += 1));
      await world.says(/KUBE_|broke the connection|cannot be reached/);
      await running.line(({ level, code }) => level === 'error' && code === 'KUBE_UNREACHABLE', 'a failure', from);
      await world.put((port += 1));
      await plane.start();
      await world.inStep(60_000);
      await running.line(worksAgain, 'the end of the outage', from);
    }
    expect(running.lines().filter(({ code }) => code === 'KUBE_DENIED')).toEqual([]);
  });

  it('of 60 s with changes all the time is said a few times, and over within seconds', async () => {
    await proxy.refuse();
    const until60 = performance.now() + 60_000;
    while (performance.now() < until60) {
      await world.put((port += 1));
      const next = performance.now() + 2000;
      await until(() => performance.now() > next, { every: 200 });
    }
    await world.says(/cannot be reached/);
    const errors = running.lines().filter(({ level }) => level === 'error');
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThan(30);
    await proxy.serve();
    const back = performance.now();
    await world.inStep();
    expect(performance.now() - back).toBeLessThan(15_000);
  });

  it('outlives rollcall: a kill -9 and a start later, the write and the rollout still happen', async () => {
    proxy.fail(({ path }) => (path.includes('/deployments/') ? { status: 500, reason: 'InternalError' } : undefined));
    await world.put((port += 1));
    await world.says(/InternalError/);
    await proxy.refuse();
    await world.put((port += 1));
    await world.says(/cannot be reached/);
    await running.end('SIGKILL');
    running = world.start();
    await world.says(/cannot be reached/);
    proxy.heal();
    await proxy.serve();
    await world.inStep(60_000);
  });

  it('of an API server that is killed again and again while changes flow leaves nothing behind', async () => {
    const enough = new AbortController();
    const flowing = (async () => {
      while (!enough.signal.aborted) {
        await world.put((port += 1));
        const next = performance.now() + 100;
        await until(() => performance.now() > next);
      }
    })();
    for (let round = 0; round < 3; round++) {
      await plane.kill();
      await plane.start();
      const before = (await world.status())?.changedAt;
      await until(async () => (await world.status())?.changedAt !== before, { what: 'a change', deadline: 30_000 });
    }
    enough.abort();
    await flowing;
    await world.inStep(60_000);
    expect(observer.compared).toBeGreaterThan(0);
  });
});

describe('another program', () => {
  const applied = (data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'upstreams' }, data });
  const applyAs = (data: object): Promise<unknown> =>
    world.configMap('PATCH', applied(data), '?fieldManager=argo&force=true', 'application/apply-patch+yaml');

  it('that applies our key is named, not fought, and its end is noticed', async () => {
    await observer.stop();
    await applyAs({ 'list.txt': 'argo\n' });
    await world.put((port += 1));
    await world.says(/argo/);
    expect((await world.read()).get('upstreams')).toBe('argo\n');
    await applyAs({});
    expect(await rollcall(['resync', '-c', world.place.file])).toMatchObject({ code: 0 });
    await world.inStep(60_000);
  });

  it('that edits or removes the object is overruled at a resync, and said', async () => {
    // Until the resync, the process cannot know of the edit.
    await observer.stop();
    const edit = { data: { 'list.txt': 'edited\n' } };
    await world.configMap('PATCH', edit, '?fieldManager=kubectl-edit', 'application/merge-patch+json');
    expect(await rollcall(['resync', '-c', world.place.file])).toMatchObject({ code: 0 });
    await running.line(({ msg }) => msg.includes('was changed by kubectl-edit: it is written again'), 'the editor');
    await world.inStep();
    await world.configMap('DELETE');
    expect(await rollcall(['resync', '-c', world.place.file])).toMatchObject({ code: 0 });
    await running.line(({ msg }) => msg.includes('was removed by another program'), 'the removal');
    await world.inStep();
  });
});
