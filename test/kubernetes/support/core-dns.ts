import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { kubeAssets } from '../../../scripts/setup/kube.mjs';
import { until } from '../../support/poll.js';
import { freePort } from '../../support/ports.js';
import { tempDir } from '../../support/temp.js';
import type { ControlPlane } from './control-plane.js';
import { writeKubeconfig } from './kubeconfig.js';
import { tokenOf } from './connect.js';

/** A CoreDNS with its `kubernetes` plugin, without a cache. */
export interface CoreDns {
  /** Sorted; empty when there are none. */
  addresses(name: string): Promise<string[]>;
  /** `TARGET:PORT`, sorted; empty when there are none. */
  servers(name: string): Promise<string[]>;
}

const running = new Set<ChildProcess>();

/** Starts it under a ServiceAccount with the rights that its chart gives it. Resolves when it answers. */
export async function startCoreDns(plane: ControlPlane): Promise<CoreDns> {
  const [dir, port] = [await tempDir('rollcall-coredns-'), await freePort()];
  await createReader(plane);
  const token = await tokenOf(plane, 'coredns');
  const kubeconfig = await writeKubeconfig(plane.server, { token }, { ca: plane.authority.cert });
  const plugin = `kubernetes cluster.local {\n    kubeconfig ${kubeconfig} test\n    ttl 5\n  }`;
  await writeFile(join(dir, 'Corefile'), `.:${port} {\n  bind 127.0.0.1\n  errors\n  ${plugin}\n}\n`);
  const child = spawn(join(kubeAssets(), 'coredns'), ['-conf', join(dir, 'Corefile')], { stdio: 'ignore' });
  running.add(child);
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  await until(() => resolver.resolve4('kubernetes.default.svc.cluster.local'), {
    what: 'CoreDNS answers',
    deadline: 30_000,
  });
  return {
    addresses: async (name) => (await orNone(resolver.resolve4(name))).sort(),
    servers: async (name) =>
      (await orNone(resolver.resolveSrv(name))).map((server) => `${server.name}:${server.port}`).sort(),
  };
}

/** The name does not exist, or has no records of the type. */
async function orNone<T>(answer: Promise<T[]>): Promise<T[]> {
  return answer.catch((error: unknown) => {
    const { code } = error as { code?: string };
    if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
    throw error;
  });
}

async function createReader(plane: ControlPlane): Promise<void> {
  const metadata = { name: 'coredns', namespace: 'default' };
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  await plane.api('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata });
  const verbs = ['list', 'watch'];
  await plane.api('POST', `${rbac}/clusterroles`, {
    metadata: { name: 'coredns' },
    rules: [
      { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs },
    ],
  });
  await plane.api('POST', `${rbac}/clusterrolebindings`, {
    metadata: { name: 'coredns' },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'coredns' },
  });
}

function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

process.once('exit', endAll);
afterAll(async () => {
  const ends = [...running].map((child) => once(child, 'exit'));
  endAll();
  await Promise.all(ends);
  running.clear();
});
