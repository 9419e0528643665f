import { RollcallError } from '../model/errors.js';
import { findUnknownOption } from './known-options.js';
import type { ConnectOptions } from './connect.js';

/**
 * The options of a client of etcd3 (`IOptions` of the package etcd3, which is not needed for these types). Of the other members of
 * `IOptions`, `defaultCallOptions`, `faultHandling` and `auth.callOptions` are accepted and not used: rollcall has deadlines and retries
 * of its own for each call.
 */
export interface Etcd3Options {
  /** One host or several: `https://etcd-0.internal:2379`. */
  readonly hosts?: string | readonly string[] | undefined;
  /** PEM contents. With credentials, every host is reached over TLS, as by etcd3. */
  readonly credentials?:
    | {
        /** Default, as in etcd3: the authorities that Node.js trusts. */
        readonly rootCertificate?: Buffer | undefined;
        readonly privateKey?: Buffer | undefined;
        readonly certChain?: Buffer | undefined;
      }
    | undefined;
  readonly auth?: { readonly username: string; readonly password: string; readonly callOptions?: unknown } | undefined;
  /** Milliseconds. */
  readonly dialTimeout?: number | undefined;
  /**
   * `grpc.ssl_target_name_override` and `grpc.default_authority` give the name that the servers' certificates must be valid for. Settings of
   * keepalive, backoff, retries, message sizes and HTTP/2 are accepted and not used. Any other option is refused.
   */
  readonly grpcOptions?: object | undefined;
  readonly defaultCallOptions?: unknown;
  readonly faultHandling?: unknown;
}

/** What etcd3 keeps outside its options. */
export interface FromEtcd3Extra {
  /** The prefix that was given to `client.namespace`: it is put in front of every key. Default: none. */
  readonly namespace?: string | undefined;
}

/** Options that concern the transport only. The connection of rollcall has its own values. */
const tuning =
  /^grpc\.(keepalive_|http2\.|initial_reconnect_backoff_ms$|(min|max)_reconnect_backoff_ms$|max_(send|receive)_message_length$|enable_retries$|use_local_subchannel_pool$|enable_channelz$|primary_user_agent$|secondary_user_agent$|max_concurrent_streams$)|^grpc-node\.(max_session_memory|flow_control_window)$/;
const names: readonly (keyof Etcd3Options)[] = [
  'hosts',
  'credentials',
  'auth',
  'dialTimeout',
  'grpcOptions',
  'defaultCallOptions',
  'faultHandling',
];
const nameOptions: readonly string[] = ['grpc.ssl_target_name_override', 'grpc.default_authority'];

/**
 * The options of `connect` that reach the same etcd, with the same TLS and login, as `new Etcd3(options)`. It makes a connection of its own:
 * a live client of etcd3 cannot keep the promises of `register` and `discover`.
 *
 * @param options default, as in etcd3: the host 127.0.0.1:2379, without TLS
 * @throws RollcallError CONFIG_INVALID when etcd3 has no such option, when it would refuse the value too, or when an option of etcd3 has no
 * meaning here
 */
export function fromEtcd3(options: Etcd3Options = {}, extra: FromEtcd3Extra = {}): ConnectOptions {
  const unknown = findUnknownOption(options, names) ?? findUnknownOption(extra, ['namespace']);
  if (unknown !== undefined) throw invalid(unknown);
  const { credentials, auth, dialTimeout, grpcOptions = {} } = options;
  const { namespace } = extra;
  const listed = hostsOf(options);
  checkCredentials(credentials);
  checkLogin(auth);
  const serverName = serverNameOf(grpcOptions);
  const secure = listed.filter((host) => host.startsWith('https:')).length;
  if (secure > 0 && secure < listed.length && credentials === undefined)
    throw invalid('`hosts` mixes https:// with other hosts, which etcd3 refuses too');
  if (serverName !== undefined && credentials === undefined && secure === 0)
    throw invalid('`grpcOptions` names the server for TLS, but neither `credentials` nor https:// asks for TLS');
  return {
    // etcd3 decides by its credentials alone, and drops the scheme.
    endpoints:
      credentials === undefined ? [...listed] : listed.map((host) => `https://${host.replace(/^https?:\/\//, '')}`),
    ...((credentials !== undefined || serverName !== undefined) && {
      tls: {
        ...(credentials?.rootCertificate && { ca: credentials.rootCertificate }),
        ...(credentials?.certChain && { cert: credentials.certChain }),
        ...(credentials?.privateKey && { key: credentials.privateKey }),
        ...(serverName !== undefined && { serverName }),
      },
    }),
    ...(auth && { auth: { username: auth.username, password: auth.password } }),
    ...(dialTimeout !== undefined && { dialTimeout: milliseconds(dialTimeout) }),
    ...(namespace !== undefined && { namespace }),
  };
}

function hostsOf({ hosts = '127.0.0.1:2379' }: { readonly hosts?: unknown }): readonly string[] {
  const listed: unknown[] = Array.isArray(hosts) ? hosts : [hosts];
  if (listed.length === 0) throw invalid('`hosts` is empty: name one host, such as https://etcd-0.internal:2379');
  return listed.map((host) => {
    if (typeof host === 'string' && host.trim() !== '') return host;
    throw invalid('`hosts` must be one host or a list of hosts, each as text such as https://etcd-0.internal:2379');
  });
}

/** Text would count as the path of a file in `connect`; etcd3 refuses it. */
function checkCredentials(credentials: unknown): void {
  if (credentials === undefined) return;
  const unknown = findUnknownOption(credentials, ['rootCertificate', 'privateKey', 'certChain']);
  if (unknown !== undefined) throw invalid(`\`credentials\`: ${unknown}`);
  for (const [name, value] of Object.entries(credentials as object))
    if (value !== undefined && !Buffer.isBuffer(value))
      throw invalid(`\`credentials.${name}\` must be a Buffer with PEM contents`);
}

function checkLogin(auth: unknown): void {
  if (auth === undefined) return;
  const unknown = findUnknownOption(auth, ['username', 'password', 'callOptions']);
  if (unknown !== undefined) throw invalid(`\`auth\`: ${unknown}`);
  const { username, password } = auth as { readonly username?: unknown; readonly password?: unknown };
  if (typeof username !== 'string' || username === '' || typeof password !== 'string')
    throw invalid('`auth` needs `username` and `password`, both as text');
}

function serverNameOf(grpcOptions: unknown): string | undefined {
  if (typeof grpcOptions !== 'object' || grpcOptions === null) throw invalid('`grpcOptions` is not an object');
  const names = new Set<string>();
  for (const [option, value] of Object.entries(grpcOptions) as [string, unknown][]) {
    if (nameOptions.includes(option) && typeof value === 'string') names.add(value);
    else if (!tuning.test(option))
      throw invalid(
        `rollcall does not support \`grpcOptions['${option}']\`: remove it from the options that you pass to fromEtcd3`,
      );
  }
  if (names.size > 1) throw invalid(`\`grpcOptions\` gives two names for the servers: ${[...names].join(' and ')}`);
  return [...names][0];
}

function milliseconds(value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw invalid('`dialTimeout` must be milliseconds, more than 0');
}

function invalid(why: string): RollcallError {
  return new RollcallError('CONFIG_INVALID', `fromEtcd3: ${why}`, { hint: 'Correct the options of etcd3.' });
}
