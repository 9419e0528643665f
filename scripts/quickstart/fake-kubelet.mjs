// Stands in for the scheduler and the kubelet of one node: it binds each pod, makes it ready with an address, and finishes its
// deletion. No container runs. A pod with the image `bad` never becomes ready.
import { setTimeout as sleep } from 'node:timers/promises';

const node = 'fake-1';
const strategicMerge = 'application/strategic-merge-patch+json';

/**
 * @param api makes one request: `(method, path, body, contentType) => Promise<{ status, body }>`
 * @param signal ends it
 */
export async function runFakeKubelet(api, signal) {
  const ready = { type: 'Ready', status: 'True', reason: 'Fake' };
  const capacity = { cpu: '64', memory: '256Gi', pods: '1000' };
  await api('POST', '/api/v1/nodes', { metadata: { name: node, labels: { 'kubernetes.io/hostname': node } } });
  const nodeStatus = { capacity, allocatable: capacity, conditions: [ready] };
  await api('PATCH', `/api/v1/nodes/${node}/status`, { status: nodeStatus }, strategicMerge);
  let addresses = 0;

  async function serve({ metadata, spec, status: now }) {
    const { name, namespace, deletionTimestamp } = metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    if (deletionTimestamp !== undefined) {
      await api('DELETE', `${path}?gracePeriodSeconds=0`);
      return;
    }
    if (spec.nodeName === undefined) {
      const target = { apiVersion: 'v1', kind: 'Node', name: node };
      await api('POST', `${path}/binding`, { metadata: { name }, target });
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
    await api('PATCH', `${path}/status`, { status: running }, strategicMerge);
  }

  while (!signal.aborted) {
    try {
      const { body } = await api('GET', '/api/v1/pods');
      for (const pod of body.items ?? []) await serve(pod);
    } catch {
      // The API server is away: the next round sees the same pods.
    }
    await sleep(50);
  }
}
