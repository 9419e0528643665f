import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '../../support/temp.js';

export interface ClusterOptions {
  /** PEM text of the authority. Without one, the server is not verified. */
  readonly ca?: string;
  /** More fields of the cluster, such as `tls-server-name`. */
  readonly cluster?: object;
}

/** The text of a kubeconfig with one context. `user` holds what is below `user` there. */
export function kubeconfigOf(server: string, user: object, { ca, cluster = {} }: ClusterOptions = {}): string {
  const trust =
    ca === undefined
      ? { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, ...trust, ...cluster } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'default' } }],
    'current-context': 'test',
  });
}

/** Writes it to a new file. Returns the path. */
export async function writeKubeconfig(server: string, user: object, options: ClusterOptions = {}): Promise<string> {
  const path = join(await tempDir('rollcall-kubeconfig-'), 'config');
  await writeFile(path, kubeconfigOf(server, user, options), { mode: 0o600 });
  return path;
}
