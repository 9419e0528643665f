import { createHash } from 'node:crypto';
import type { Agent, RequestOptions } from 'node:https';
import { createSecureContext, type ConnectionOptions, type SecureContextOptions } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js';
import { RollcallError, messageOf } from '../../model/errors.js';
import { readNamed } from './files.js';
import type { Identity } from './kubeconfig.js';
import type { PluginCredentials } from './plugin.js';

/** Everything that a request needs to reach the API server and to be accepted by it. */
export interface Material {
  /** Origin and base path, without a slash at its end. */
  readonly server: string;
  /** Authorization and impersonation. Secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Changes when a connection must be made anew: other authorities, certificate, key or server. */
  readonly connectionStamp: string;
  /** Changes when anything changes. */
  readonly stamp: string;
  readonly tls: SecureContextOptions & Pick<ConnectionOptions, 'servername' | 'rejectUnauthorized'>;
  /** Makes connections through `proxy-url` of the cluster, if it has one. */
  readonly proxyAgent: Agent | undefined;
}

/**
 * Reads the files that an identity names.
 *
 * @returns the cluster with the contents of its authorities in `caData`
 * @throws RollcallError `KUBE_CREDENTIALS`
 */
export async function readCluster({ caFile, ...cluster }: Cluster): Promise<Cluster> {
  if (caFile === undefined || caFile === '') return cluster;
  return { ...cluster, caData: (await read(caFile, 'the certificate authorities', true)).toString('base64') };
}

/** @throws RollcallError `KUBE_CREDENTIALS` */
async function readUser({ user, tokenFile }: Identity): Promise<User> {
  const { certFile, keyFile, authProvider, ...rest } = user as Omit<User, 'authProvider'> & { authProvider?: unknown };
  // A ServiceAccount that another program has written into a kubeconfig.
  const config = (authProvider as { config?: { tokenFile?: unknown } } | null | undefined)?.config;
  const file = tokenFile ?? (typeof config?.tokenFile === 'string' ? config.tokenFile : undefined);
  const [cert, key, token] = await Promise.all([
    isNamed(certFile) ? read(certFile, 'the client certificate', false) : undefined,
    isNamed(keyFile) ? read(keyFile, 'the key of the client certificate', true) : undefined,
    isNamed(file) ? read(file, 'the token', true) : undefined,
  ]);
  return {
    ...rest,
    ...(file === undefined && { authProvider }),
    ...(cert !== undefined && { certData: cert.toString('base64') }),
    ...(key !== undefined && { keyData: key.toString('base64') }),
    ...(token !== undefined && { token: token.toString() }),
  };
}

/**
 * Makes the material of an identity. KubeConfig applies what it knows: proxies, OIDC, basic authentication, impersonation, names of servers.
 *
 * @param cluster that of the identity, after `readCluster`
 * @throws RollcallError `KUBE_CREDENTIALS`, `KUBE_CONFIG`
 */
export async function materialOf(
  identity: Identity,
  cluster: Cluster,
  printed: PluginCredentials | undefined,
): Promise<Material> {
  const user = await readUser(identity);
  const options: RequestOptions = { headers: {} };
  try {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(cluster, user);
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    const what = `the credentials of context ${JSON.stringify(identity.context)} cannot be used`;
    throw new RollcallError('KUBE_CREDENTIALS', `${what}: ${messageOf(cause)}`, { cause });
  }
  const tls = {
    ...pick(options, ['ca', 'cert', 'key', 'servername', 'rejectUnauthorized']),
    ...(printed?.cert !== undefined && { cert: printed.cert, key: printed.key }),
  };
  try {
    createSecureContext(tls);
  } catch (cause) {
    const what = `the certificates of context ${JSON.stringify(identity.context)} cannot be used`;
    throw new RollcallError('KUBE_CREDENTIALS', `${what}: ${messageOf(cause)}`, { cause });
  }
  const headers = headersOf(options, printed);
  const server = cluster.server.replace(/\/+$/, '');
  const connectionStamp = digest([
    server,
    cluster.proxyUrl,
    tls.servername,
    tls.rejectUnauthorized,
    tls.ca,
    tls.cert,
    tls.key,
  ]);
  return {
    server,
    headers,
    connectionStamp,
    stamp: digest([connectionStamp, JSON.stringify(headers)]),
    tls,
    proxyAgent: isNamed(cluster.proxyUrl) ? (options.agent as Agent) : undefined,
  };
}

function headersOf(options: RequestOptions, printed: PluginCredentials | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {}))
    // A file ends in a line ending, which no header may hold.
    headers[name.toLowerCase()] = String(value).trim();
  if (typeof options.auth === 'string') headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  if (printed?.token !== undefined) headers.authorization = `Bearer ${printed.token}`;
  return headers;
}

function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]))) as Pick<
    T,
    K
  >;
}

function digest(parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(Buffer.isBuffer(part) ? part : String(part)).update('\0');
  return hash.digest('hex');
}

function isNamed(file: string | null | undefined): file is string {
  return file !== undefined && file !== null && file !== '';
}

/** A user who can write the authorities chooses the server; one who can write the key or the token chooses our identity. */
function read(path: string, what: string, notWritableByOthers: boolean): Promise<Buffer> {
  return readNamed(path, what, 'KUBE_CREDENTIALS', { notWritableByOthers });
}
