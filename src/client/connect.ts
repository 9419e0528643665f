import { createEtcd } from '../etcd/client.js';
import { parseEndpoint } from '../etcd/endpoint.js';
import { withinNamespace } from '../etcd/namespace.js';
import { defaults, type EtcdOptions } from '../etcd/options.js';
import type { Registered, RegisterOptions, RegistrationStatus } from '../registrar/registered.js';
import { createRegistrar } from '../registrar/registrar.js';
import { RollcallError } from '../model/errors.js';
import type { Registration } from '../model/registration.js';
import { hideCredentials } from '../model/redact.js';
import type { Clock, Log, Random } from '../ports/runtime.js';
import { clock as systemClock } from '../build/system-clock.js';
import { closed, createDiscovery } from './discovery/discovery.js';
import type { LiveSet } from './discovery/live-set.js';
import type { DiscoverOptions } from './discovery/options.js';
import type { LiveSetStatus } from './discovery/status.js';
import { findUnknownOption } from './known-options.js';
import { nullLogger } from './null-logger.js';

/** The connection settings of etcd. Nothing is read from the environment. */
export interface ConnectOptions extends Partial<EtcdOptions> {
  /** Put in front of every key as it is; it usually ends in a slash. Prefixes and keys are then without it. Default: none. */
  readonly namespace?: string;
}

/** Dependencies that the caller may replace. */
export interface ConnectDeps {
  /** Default: nothing is logged. */
  readonly log?: Log;
  /** Default: the clock of the machine. */
  readonly clock?: Clock;
  /** Used for jitter and for `pick`. Default: `Math.random`. */
  readonly random?: Random;
}

/** All that a registry keeps, as it is when it is asked for: a plain JSON object. */
export interface RegistryStatus {
  /** The registrations for which `register` has resolved and that are not gone, in the order of the calls. */
  readonly registrations: readonly RegistrationStatus[];
  /** The live sets that are open, in the order in which `discover` has resolved. */
  readonly sets: readonly LiveSetStatus[];
}

/** One connection to etcd, shared by all registrations and live sets of a program. */
export interface Registry extends AsyncDisposable {
  /**
   * Registers an endpoint under a lease and keeps it registered, through every failure, until it is deregistered. Resolves when etcd has
   * the key.
   *
   * @throws RollcallError REGISTRATION_INVALID; REGISTRATION_CONFLICT when another writer has the key; REGISTRY_CLOSED; ETCD_LOGIN,
   * ETCD_DENIED; the last error of etcd after `timeout`. Or the reason of `signal`. No key is left in etcd then.
   */
  register(registration: Registration, options?: RegisterOptions): Promise<Registered>;
  /**
   * Follows the live instances of a service. Resolves after the first complete list.
   *
   * @throws RollcallError DISCOVERY_INVALID when the options are wrong; NOT_A_REGISTRY when the prefix holds data of another kind;
   * REGISTRY_CLOSED; ETCD_LOGIN, ETCD_DENIED and other errors that waiting does not solve; the last error of etcd after `timeout`. Or the
   * reason of `signal`. Nothing is left running then.
   */
  discover(service: string, options?: Omit<DiscoverOptions, 'service'>): Promise<LiveSet>;
  /** The same for all services below a prefix, or with all options in one object. */
  discover(options: DiscoverOptions): Promise<LiveSet>;
  /**
   * The state of every registration and live set, for a health page of the program. It asks etcd nothing and never throws. After `close`
   * both lists are empty.
   */
  status(): RegistryStatus;
  /**
   * Deregisters everything, closes every live set, and then closes the connection. If etcd does not answer, it resolves when the leases
   * must have expired. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * Creates a registry. It connects at the first call, and retries until it is closed.
 *
 * @throws RollcallError CONFIG_INVALID when the options are wrong
 */
export function connect(options: ConnectOptions = {}, deps: ConnectDeps = {}): Registry {
  const { clock = systemClock, random = Math.random, log = nullLogger } = deps;
  const unknown = findUnknownOption(options, names);
  if (unknown !== undefined) throw invalid(unknown);
  const { namespace = '', ...connection } = options;
  const etcd = withinNamespace(createEtcd(resolveConnection(connection), { clock, random }), namespace);
  const discovery = createDiscovery(etcd, { clock, random, log });
  const registrar = createRegistrar(etcd, { clock, random, log });
  let closing: Promise<void> | undefined;

  async function end(): Promise<void> {
    try {
      await Promise.all([discovery.close(), registrar.close()]);
    } finally {
      etcd.close();
    }
  }

  const registry: Registry = {
    register: (registration, options) =>
      closing === undefined ? registrar.register(registration, options) : Promise.reject(closed()),
    discover: (what: string | DiscoverOptions, more: Omit<DiscoverOptions, 'service'> = {}) =>
      discovery.discover(typeof what === 'string' ? { ...more, service: what } : what),
    status: () => ({ registrations: registrar.status(), sets: discovery.status() }),
    close: () => (closing ??= end()),
    [Symbol.asyncDispose]: () => registry.close(),
  };
  return registry;
}

const names: readonly (keyof ConnectOptions)[] = [
  'endpoints',
  'tls',
  'auth',
  'callTimeout',
  'dialTimeout',
  'namespace',
];

function resolveConnection({ endpoints, tls, auth, ...rest }: Partial<EtcdOptions>): EtcdOptions {
  const resolved = endpoints ?? [tls === undefined ? defaults.endpoint : defaults.secureEndpoint];
  for (const text of resolved) {
    const endpoint = parseEndpoint(text, tls !== undefined);
    if ('problem' in endpoint || endpoint.secure || tls === undefined) continue;
    throw invalid(`${JSON.stringify(hideCredentials(text))} is not encrypted, but \`tls\` is set: write https://`);
  }
  if ((tls?.cert === undefined) !== (tls?.key === undefined))
    throw invalid('set both `tls.cert` and `tls.key`, or neither');
  if (auth !== undefined && (auth.password === undefined) === (auth.passwordFile === undefined))
    throw invalid('`auth` needs exactly one of `password` and `passwordFile`');
  return {
    endpoints: resolved,
    ...(tls && { tls }),
    ...(auth && { auth: { from: '`auth` of `connect`', ...auth } }),
    ...rest,
  };
}

function invalid(why: string): RollcallError {
  return new RollcallError('CONFIG_INVALID', `connect: ${why}`, { hint: 'Correct the options of `connect`.' });
}
