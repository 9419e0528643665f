import { isAbsolute, resolve } from 'node:path';
import type { Cluster } from '@kubernetes/client-node/dist/config_types.js';
import { RollcallError } from '../../model/errors.js';
import { printable } from '../../model/printable.js';
import { isRecord } from '../calls/status.js';
import type { Environment } from './locate.js';
import { runPlugin, type PluginEnd } from './run-plugin.js';

/** A program that prints credentials: `exec` of a user in a kubeconfig. */
export interface CredentialPlugin {
  readonly apiVersion: string;
  readonly argv: readonly [string, ...string[]];
  /** Variables in addition to those of rollcall. */
  readonly env: Readonly<Record<string, string>>;
  readonly provideClusterInfo: boolean;
  readonly installHint: string;
}

/** The credentials that a plugin has printed. Absent texts are undefined. */
export interface PluginCredentials {
  readonly token: string | undefined;
  /** PEM texts. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Wall-clock milliseconds; `Infinity` when the plugin does not say. Then they last until the API server refuses them. */
  readonly expires: number;
}

/**
 * Reads `exec` of a user (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#ExecConfig). Undefined when there is none.
 *
 * @param directory of the kubeconfig: a command with a slash starts there
 * @throws the error that `invalid` makes of a reason
 */
export function pluginOf(
  exec: unknown,
  directory: string,
  invalid: (why: string) => RollcallError,
): CredentialPlugin | undefined {
  if (exec === undefined || exec === null) return undefined;
  if (!isRecord(exec)) throw invalid('`exec` is no map');
  const { command, args, env, apiVersion, interactiveMode, provideClusterInfo, installHint } = exec;
  if (typeof command !== 'string' || command === '') throw invalid('`exec` names no `command`');
  if (typeof apiVersion !== 'string' || !/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(apiVersion))
    throw invalid('`exec.apiVersion` is neither client.authentication.k8s.io/v1 nor …/v1beta1');
  if (interactiveMode === 'Always')
    throw invalid('`exec.interactiveMode` is Always, and rollcall has no terminal for it');
  const pairs = (Array.isArray(env) ? env : [])
    .filter(isRecord)
    .map(({ name, value }) => [String(name), String(value)]);
  return {
    apiVersion,
    argv: [
      command.includes('/') && !isAbsolute(command) ? resolve(directory, command) : command,
      ...(Array.isArray(args) ? args.map(String) : []),
    ],
    env: Object.fromEntries(pairs) as Record<string, string>,
    provideClusterInfo: provideClusterInfo === true,
    installHint: typeof installHint === 'string' ? printable(installHint) : '',
  };
}

export interface PluginRun {
  readonly plugin: CredentialPlugin;
  /** With the contents of its authorities in `caData`. */
  readonly cluster: Cluster;
  /** rollcall's environment. The plugin gets no ETCDCTL_* variables: these are credentials. */
  readonly environment: Environment;
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * Runs the plugin, without a terminal, and reads the ExecCredential that it prints
 * (https://kubernetes.io/docs/reference/config-api/client-authentication.v1/).
 *
 * @throws RollcallError `KUBE_CREDENTIALS`. The message never holds what the plugin printed to its standard output.
 */
export async function askPlugin({ plugin, cluster, environment, timeout }: PluginRun): Promise<PluginCredentials> {
  const info = {
    kind: 'ExecCredential',
    apiVersion: plugin.apiVersion,
    spec: { interactive: false, ...(plugin.provideClusterInfo && { cluster: clusterInfo(cluster) }) },
  };
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith('ETCDCTL_'));
  const env = { ...Object.fromEntries(kept), ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  const end = await runPlugin(plugin.argv, env, timeout);
  if (end.code !== 0) throw failed(plugin, explainEnd(end, timeout));
  return readCredential(plugin, end.stdout);
}

function clusterInfo(cluster: Cluster): object {
  return {
    server: cluster.server,
    ...(cluster.caData !== undefined && { 'certificate-authority-data': cluster.caData }),
    ...(cluster.tlsServerName !== undefined && { 'tls-server-name': cluster.tlsServerName }),
    ...(cluster.skipTLSVerify && { 'insecure-skip-tls-verify': true }),
    ...(cluster.proxyUrl !== undefined && { 'proxy-url': cluster.proxyUrl }),
  };
}

function readCredential(plugin: CredentialPlugin, stdout: string): PluginCredentials {
  let parsed: unknown;
  try {
    parsed = JSON.parse(stdout);
  } catch {
    throw failed(plugin, 'printed no JSON');
  }
  if (!isRecord(parsed) || parsed.kind !== 'ExecCredential' || !isRecord(parsed.status))
    throw failed(plugin, 'printed no ExecCredential with a status');
  if (parsed.apiVersion !== plugin.apiVersion)
    throw failed(plugin, `printed an ExecCredential of another version than ${plugin.apiVersion}`);
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = parsed.status;
  const [bearer, cert, key] = [token, clientCertificateData, clientKeyData].map((value) =>
    typeof value === 'string' && value !== '' ? value : undefined,
  );
  if (bearer === undefined && cert === undefined) throw failed(plugin, 'printed neither a token nor a certificate');
  if ((cert === undefined) !== (key === undefined))
    throw failed(plugin, 'printed a certificate without its key, or the reverse');
  const expires = typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : Infinity;
  if (Number.isNaN(expires)) throw failed(plugin, 'printed an `expirationTimestamp` that is no time');
  return { token: bearer?.trim(), cert, key, expires };
}

function explainEnd(end: PluginEnd, timeout: number): string {
  const words = end.stderr === '' ? '' : `: ${printable(end.stderr)}`;
  if (end.problem !== undefined) return `did not start: ${end.problem}`;
  if (end.timedOut) return `did not end within ${timeout} ms${words}`;
  return `${end.code === null ? 'was ended by a signal' : `exited with ${end.code}`}${words}`;
}

function failed({ argv: [command], installHint }: CredentialPlugin, what: string): RollcallError {
  const hint = installHint === '' ? '' : ` (${installHint})`;
  return new RollcallError('KUBE_CREDENTIALS', `the credential program ${command} ${what}${hint}`);
}
