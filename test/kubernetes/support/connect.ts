import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createKubernetes, type Kubernetes } from '../../../src/kubernetes/client.js';
import type { KubernetesOptions } from '../../../src/kubernetes/options.js';
import { realClock } from '../../support/clock.js';
import { tempDir } from '../../support/temp.js';
import type { ControlPlane } from './control-plane.js';

/** A client with short timeouts, closed after the test. Without `env`, only its options say where the cluster is. */
export function connectWith(options: KubernetesOptions, env: Readonly<Record<string, string>> = {}): Kubernetes {
  const deps = { env, clock: realClock, random: Math.random };
  const kube = createKubernetes({ callTimeout: 5000, dialTimeout: 2000, ...options }, deps);
  onTestFinished(() => {
    kube.close();
  });
  return kube;
}

/** Makes a ServiceAccount in `default`, with a Role of these rules. */
export async function createAccount(plane: ControlPlane, name: string, rules: readonly object[]): Promise<void> {
  const metadata = { name, namespace: 'default' };
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  await plane.api('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata });
  await plane.api('POST', `${rbac}/roles`, { metadata, rules });
  await plane.api('POST', `${rbac}/rolebindings`, {
    metadata,
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
  });
}

/** A token of a ServiceAccount, valid for ten minutes. */
export async function tokenOf(plane: ControlPlane, account: string): Promise<string> {
  const path = `/api/v1/namespaces/default/serviceaccounts/${account}/token`;
  const { body } = await plane.api('POST', path, { spec: { expirationSeconds: 600 } });
  return (body as { status: { token: string } }).status.token;
}

/** The directory of a ServiceAccount in a pod, laid out as by the kubelet: the files are links into a directory that is replaced whole. */
export interface MountedAccount {
  readonly directory: string;
  replaceToken(token: string): Promise<void>;
}

export async function mountAccount(plane: ControlPlane, token: string): Promise<MountedAccount> {
  const directory = await tempDir('rollcall-account-');
  let version = 0;
  async function replaceToken(next: string): Promise<void> {
    const data = `..${++version}`;
    await mkdir(join(directory, data));
    const files = { token: `${next}\n`, 'ca.crt': plane.authority.cert, namespace: 'default' };
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, data, name), text);
    await symlink(data, join(directory, '..data_tmp'));
    await rename(join(directory, '..data_tmp'), join(directory, '..data'));
  }
  await replaceToken(token);
  for (const name of ['token', 'ca.crt', 'namespace']) await symlink(join('..data', name), join(directory, name));
  return { directory, replaceToken };
}

/** The environment of a container in a pod of this cluster. */
export function podEnvironment({ port }: Pick<ControlPlane, 'port'>): Record<string, string> {
  return { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) };
}
