import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';
import type { ControlPlane } from './control-plane.js';

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly { readonly name: string; readonly image: string }[];
  };
  readonly status?: { readonly phase?: string };
}

const node = 'fake-1';
const strategicMerge = 'application/strategic-merge-patch+json';

/**
 * Stands in for the scheduler and the kubelet of one node: it binds each pod, makes it ready with an address, and finishes its deletion.
 * No container runs. A pod with the image `bad` never becomes ready. It ends after the test file.
 */
export async function startFakeKubelet(plane: ControlPlane): Promise<void> {
  const ready = { type: 'Ready', status: 'True', reason: 'Fake' };
  const capacity = { cpu: '64', memory: '256Gi', pods: '1000' };
  await plane.api('POST', '/api/v1/nodes', { metadata: { name: node, labels: { 'kubernetes.io/hostname': node } } });
  const status = { capacity, allocatable: capacity, conditions: [ready] };
  await plane.api('PATCH', `/api/v1/nodes/${node}/status`, { status }, strategicMerge);
  let stopped = false;
  let addresses = 0;

  async function serve({ metadata, spec, status: now }: Pod): Promise<void> {
    const { name, namespace, deletionTimestamp } = metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    if (deletionTimestamp !== undefined) {
      await plane.api('DELETE', `${path}?gracePeriodSeconds=0`);
      return;
    }
    if (spec.nodeName === undefined) {
      await plane.api('POST', `${path}/binding`, {
        metadata: { name },
        target: { apiVersion: 'v1', kind: 'Node', name: node },
      });
      return;
    }
    const isReady = spec.containers.every(({ image }) => image !== 'bad');
    if (now?.phase === 'Running' || !isReady) return;
    const ip = `10.244.0.${(addresses = (addresses % 250) + 1)}`;
    const at = new Date().toISOString().replace(/\.\d+Z/, 'Z');
    const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
      ...{ type, status: 'True', lastTransitionTime: at },
    }));
    const containerStatuses = spec.containers.map((each) => ({
      ...{ name: each.name, image: each.image, imageID: '', restartCount: 0, ready: true, started: true },
      state: { running: { startedAt: at } },
    }));
    const running = { phase: 'Running', podIP: ip, podIPs: [{ ip }], startTime: at, conditions, containerStatuses };
    await plane.api('PATCH', `${path}/status`, { status: running }, strategicMerge);
  }

  async function run(): Promise<void> {
    while (!stopped) {
      try {
        const { body } = await plane.api('GET', '/api/v1/pods');
        for (const pod of (body as { items?: Pod[] }).items ?? []) await serve(pod);
      } catch {
        // The API server is away: the next round sees the same pods.
      }
      await sleep(50);
    }
  }

  const running = run();
  afterAll(async () => {
    stopped = true;
    await running;
  });
}
