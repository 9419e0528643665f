import { access } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { RollcallError } from '../../model/errors.js';
import { defaults, type KubernetesOptions } from '../options.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the configuration comes from. */
export type Location =
  | { readonly kind: 'kubeconfig'; readonly files: readonly string[] }
  | { readonly kind: 'in-cluster'; readonly server: string };

/**
 * Finds the configuration: the kubeconfig of the options; the files in $KUBECONFIG; the ServiceAccount of the pod, if
 * $KUBERNETES_SERVICE_HOST is set and there is a token; ~/.kube/config. Controllers look in this order, so a pod with a kubeconfig in its
 * environment uses that.
 *
 * @throws RollcallError `KUBE_CONFIG` when there is none
 */
export async function locateConfiguration(options: KubernetesOptions, env: Environment): Promise<Location> {
  if (options.kubeconfig !== undefined) return { kind: 'kubeconfig', files: [resolve(options.kubeconfig)] };
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return { kind: 'kubeconfig', files: named.map((file) => resolve(file)) };
  const host = env.KUBERNETES_SERVICE_HOST ?? '';
  const token = join(options.serviceAccount ?? defaults.serviceAccount, 'token');
  if (host !== '' && (await exists(token))) return { kind: 'in-cluster', server: serverOf(host, env) };
  const home = env.HOME ?? '';
  const usual = join(home, '.kube', 'config');
  if (home !== '' && (await exists(usual))) return { kind: 'kubeconfig', files: [usual] };
  const pod = host === '' ? '' : `, and this pod has no token in ${token}`;
  throw new RollcallError(
    'KUBE_CONFIG',
    `there is no kubeconfig: $KUBECONFIG is not set, and there is no ~/.kube/config${pod}`,
  );
}

function serverOf(host: string, env: Environment): string {
  const port = env.KUBERNETES_SERVICE_PORT_HTTPS ?? env.KUBERNETES_SERVICE_PORT ?? '443';
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
