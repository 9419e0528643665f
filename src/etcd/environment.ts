import { RollcallError } from '../model/errors.js';
import { hideCredentials } from '../model/redact.js';
import { parseEndpoint } from './endpoint.js';
import { defaults, type Credentials, type EtcdOptions, type TlsFiles } from './options.js';
import type { EtcdBlock } from './schema.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * How to reach etcd: from the config, then from ETCDCTL_ENDPOINTS, _CACERT, _CERT, _KEY, _USER and _PASSWORD as etcdctl
 * reads them (https://etcd.io/docs/v3.5/dev-guide/interacting_v3/), then from the defaults. The endpoints, the TLS files
 * and the login each come from one of these as a whole: a key from the environment is never used with a certificate
 * from the config.
 *
 * @throws RollcallError `CONFIG_INVALID` when a variable has a wrong value
 */
export function connectionFrom(block: EtcdBlock | undefined, env: Environment): EtcdOptions {
  const fallback = block?.tls === undefined ? defaults.endpoint : defaults.secureEndpoint;
  const endpoints = block?.endpoints ?? endpointsFrom(env) ?? [fallback];
  const tls = block?.tls === undefined ? tlsFrom(env) : withoutUndefined(block.tls);
  const auth = block?.auth === undefined ? authFrom(env) : withoutUndefined(block.auth);
  for (const text of endpoints) {
    const endpoint = parseEndpoint(text, tls !== undefined);
    if ('problem' in endpoint)
      throw invalid(`ETCDCTL_ENDPOINTS: ${JSON.stringify(hideCredentials(text))}: ${endpoint.problem}`);
    if (!endpoint.secure && block?.tls !== undefined)
      throw invalid(
        `ETCDCTL_ENDPOINTS: ${JSON.stringify(hideCredentials(text))} is not encrypted, but the config has \`etcd.tls\``,
      );
  }
  return {
    endpoints,
    ...(tls && { tls }),
    ...(auth && { auth }),
    callTimeout: block?.callTimeout ?? defaults.callTimeout,
    dialTimeout: block?.dialTimeout ?? defaults.dialTimeout,
  };
}

function endpointsFrom(env: Environment): string[] | undefined {
  const listed = (env.ETCDCTL_ENDPOINTS ?? '').split(',').map((text) => text.trim());
  const named = listed.filter((text) => text !== '');
  return named.length === 0 ? undefined : named;
}

function tlsFrom(env: Environment): TlsFiles | undefined {
  const { ETCDCTL_CACERT: ca, ETCDCTL_CERT: cert, ETCDCTL_KEY: key } = env;
  if (!ca && !cert && !key) return undefined;
  if (!cert !== !key)
    throw invalid(
      `${cert ? 'ETCDCTL_CERT' : 'ETCDCTL_KEY'} is set, but ${cert ? 'ETCDCTL_KEY' : 'ETCDCTL_CERT'} is not: set both or neither`,
    );
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function authFrom(env: Environment): Credentials | undefined {
  const { ETCDCTL_USER: user, ETCDCTL_PASSWORD: password } = env;
  if (!user) {
    if (password) throw invalid('ETCDCTL_PASSWORD is set, but ETCDCTL_USER is not');
    return undefined;
  }
  // If ETCDCTL_PASSWORD is set, all of ETCDCTL_USER is the user name, even with a colon in it.
  if (password) return { username: user, password, from: 'ETCDCTL_USER' };
  const colon = user.indexOf(':');
  if (colon < 1) throw invalid('ETCDCTL_USER has no password: write user:password, or set ETCDCTL_PASSWORD');
  return { username: user.slice(0, colon), password: user.slice(colon + 1), from: 'ETCDCTL_USER' };
}

function invalid(message: string): RollcallError {
  return new RollcallError('CONFIG_INVALID', message, {
    hint: 'Correct the variable, or set the value in the `etcd` block of the config.',
  });
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Defined<T>;
}
