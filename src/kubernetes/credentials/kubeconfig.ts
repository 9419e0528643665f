import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js';
import { parse } from 'yaml';
import { RollcallError, messageOf } from '../../model/errors.js';
import { isRecord } from '../calls/status.js';
import type { KubernetesOptions } from '../options.js';
import { defaults } from '../options.js';
import type { Location } from './locate.js';
import { readNamed } from './files.js';
import { pluginOf, type CredentialPlugin } from './plugin.js';

/** One context: a cluster, and how to log in to it. */
export interface Identity {
  /** Changes when a kubeconfig changes. */
  readonly stamp: string;
  readonly context: string;
  readonly cluster: Cluster;
  /** Without its `exec` and token file: these are `plugin` and `tokenFile`. */
  readonly user: User;
  readonly namespace: string;
  /** A file that holds the token, which is read again when it changes. */
  readonly tokenFile: string | undefined;
  /** A program that prints the credentials. */
  readonly plugin: CredentialPlugin | undefined;
}

/**
 * Reads the configuration.
 *
 * @param context the context to use; default: the current one
 * @throws RollcallError `KUBE_CONFIG`
 */
export async function readIdentity(
  location: Location,
  { serviceAccount = defaults.serviceAccount }: KubernetesOptions,
  context: string | undefined,
): Promise<Identity> {
  if (location.kind === 'kubeconfig') return readKubeconfigs(location.files, context);
  const read = async (name: string): Promise<string> =>
    (await readNamed(join(serviceAccount, name), `the ServiceAccount’s ${name}`, 'KUBE_CREDENTIALS', {})).toString();
  return {
    stamp: 'in-cluster',
    context: 'in-cluster',
    cluster: {
      name: 'in-cluster',
      server: location.server,
      caFile: join(serviceAccount, 'ca.crt'),
      skipTLSVerify: false,
    },
    user: { name: 'in-cluster' },
    namespace: (await read('namespace')).trim(),
    tokenFile: join(serviceAccount, 'token'),
    plugin: undefined,
  };
}

/** Merges the files as kubectl does: the first file that sets a value or a name wins. Relative paths start at their own file. */
async function readKubeconfigs(files: readonly string[], named: string | undefined): Promise<Identity> {
  const merged = new KubeConfig();
  const tokenFiles = new Map<string, string>();
  const directories = new Map<string, string>();
  const hash = createHash('sha256');
  for (const file of files) {
    const { text, config, tokenFiles: own } = await readKubeconfig(file);
    hash.update(text).update('\0');
    for (const cluster of config.clusters) if (merged.getCluster(cluster.name) === null) merged.addCluster(cluster);
    for (const entry of config.contexts) if (merged.getContextObject(entry.name) === null) merged.addContext(entry);
    for (const user of config.users) {
      if (merged.getUser(user.name) !== null) continue;
      merged.addUser(user);
      directories.set(user.name, dirname(file));
      const tokenFile = own.get(user.name);
      if (tokenFile !== undefined) tokenFiles.set(user.name, tokenFile);
    }
    if (isEmpty(merged.currentContext) && !isEmpty(config.currentContext))
      merged.currentContext = config.currentContext;
  }
  const where = files.join(', ');
  const name = named ?? merged.currentContext;
  if (isEmpty(name)) throw invalid(`${where}: there is no \`current-context\`, and no context is named`);
  const context = merged.getContextObject(name);
  if (context === null) throw invalid(`${where}: there is no context ${JSON.stringify(name)}`);
  const cluster = merged.getCluster(context.cluster);
  if (cluster === null)
    throw invalid(
      `${where}: context ${JSON.stringify(name)} names the cluster ${JSON.stringify(context.cluster)}, which is missing`,
    );
  if (!URL.canParse(cluster.server) || !/^https?:$/.test(new URL(cluster.server).protocol))
    throw invalid(`${where}: the server of the cluster ${JSON.stringify(cluster.name)} is no http or https address`);
  const user = merged.getUser(context.user) ?? { name: context.user };
  refuseProvider(user, (why) => invalid(`${where}: user ${JSON.stringify(user.name)}: ${why}`));
  const { exec, ...rest } = user as Omit<User, 'exec'> & { readonly exec?: unknown };
  return {
    stamp: hash.digest('hex'),
    context: name,
    cluster,
    user: rest,
    namespace: isEmpty(context.namespace) ? 'default' : context.namespace,
    tokenFile: tokenFiles.get(user.name),
    plugin: pluginOf(exec, directories.get(user.name) ?? '/', (why) =>
      invalid(`${where}: user ${JSON.stringify(user.name)}: ${why}`),
    ),
  };
}

interface Kubeconfig {
  readonly text: string;
  readonly config: KubeConfig;
  readonly tokenFiles: ReadonlyMap<string, string>;
}

async function readKubeconfig(file: string): Promise<Kubeconfig> {
  // A kubeconfig decides which program runs and which server is trusted.
  const options = { notControlledByOthers: true };
  const text = (await readNamed(file, 'the kubeconfig', 'KUBE_CONFIG', options)).toString();
  const config = new KubeConfig();
  try {
    const parsed: unknown = parse(text);
    if (!isRecord(parsed)) throw new Error('it is no map of YAML');
    config.loadFromString(text);
    config.makePathsAbsolute(dirname(file));
    return { text, config, tokenFiles: tokenFilesOf(parsed, dirname(file)) };
  } catch (cause) {
    // A message of a YAML parser quotes lines, and these may hold a token.
    const [why] = messageOf(cause).split('\n');
    throw invalid(`${file} is no kubeconfig: ${why ?? ''}`);
  }
}

/** KubeConfig does not know `tokenFile` (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo). */
function tokenFilesOf(kubeconfig: Readonly<Record<string, unknown>>, directory: string): Map<string, string> {
  const users = Array.isArray(kubeconfig.users) ? kubeconfig.users.filter(isRecord) : [];
  return new Map(
    users.flatMap(({ name, user }) => {
      const file = isRecord(user) ? user.tokenFile : undefined;
      return typeof name === 'string' && typeof file === 'string' && file !== ''
        ? [[name, resolve(directory, file)]]
        : [];
    }),
  );
}

/** kubectl 1.26 has removed all providers but OIDC. A token file is how KubeConfig writes a ServiceAccount. */
function refuseProvider(user: User, invalid: (why: string) => RollcallError): void {
  const provider: unknown = user.authProvider;
  if (!isRecord(provider) || provider.name === 'oidc') return;
  if (isRecord(provider.config) && typeof provider.config.tokenFile === 'string') return;
  throw invalid(
    `the auth-provider ${JSON.stringify(provider.name)} is not supported: use a credential program (\`exec\`)`,
  );
}

function isEmpty(text: string | undefined | null): text is '' | undefined | null {
  return text === undefined || text === null || text === '';
}

function invalid(why: string): RollcallError {
  return new RollcallError('KUBE_CONFIG', why);
}
