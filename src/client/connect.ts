import { createEtcd } from '../etcd/client.js';
import { parseEndpoint } from '../etcd/endpoint.js';
import { defaults, type EtcdOptions } from '../etcd/options.js';
import type { Registered, RegisterOptions } from '../registrar/registered.js';
import { createRegistrar } from '../registrar/registrar.js';
import { RollcallError } from '../model/errors.js';
import type { Registration } from '../model/registration.js';
import { hideCredentials } from '../model/redact.js';
import type { Clock, Log, Random } from '../ports.js';
import { clock as machineClock } from '../build/system-clock.js';
import { closed, createDiscovery } from './discovery/discovery.js';
import type { LiveSet } from './discovery/live-set.js';
import type { DiscoverOptions } from './discovery/options.js';
import { nullLogger } from './null-logger.js';

/** How etcd is reached. Nothing is taken from the environment. */
export type ConnectOptions = Partial<EtcdOptions>;

/** What the caller may bring along. */
export interface ConnectDeps {
  /** Default: nothing is logged. */
  readonly log?: Log;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** For jitter and `pick`. Default: `Math.random`. */
  readonly random?: Random;
}

/** One connection to etcd, for all that a program registers and discovers. */
export interface Registry extends AsyncDisposable {
  /**
   * Puts an endpoint of this program under a lease and keeps it there, whatever happens on the way, until it is deregistered. Resolves
   * when etcd has it.
   *
   * @throws RollcallError REGISTRATION_INVALID, REGISTRATION_CONFLICT when somebody else has the key, REGISTRY_CLOSED; ETCD_LOGIN,
   * ETCD_DENIED; what etcd said last when `timeout` passes; the reason of `signal`. Nothing is left in etcd then.
   */
  register(registration: Registration, options?: RegisterOptions): Promise<Registered>;
  /**
   * The live instances of a service. Resolves after the first complete list.
   *
   * @throws RollcallError DISCOVERY_INVALID when the options make no sense, NOT_A_REGISTRY when the prefix holds somebody else's data,
   * REGISTRY_CLOSED; ETCD_LOGIN, ETCD_DENIED and what else time does not mend; what etcd said last when `timeout` passes; the reason of
   * `signal`. Nothing is left running then.
   */
  discover(service: string, options?: Omit<DiscoverOptions, 'service'>): Promise<LiveSet>;
  /** The same for every service below a prefix, or with all options in one object. */
  discover(options: DiscoverOptions): Promise<LiveSet>;
  /**
   * Deregisters everything, closes every set, and then the connection. Without an answer from etcd it resolves when the leases must have
   * lapsed. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * A registry. It connects when it is first asked, and goes on trying for as long as it is open.
 *
 * @throws RollcallError CONFIG_INVALID when the options make no sense
 */
export function connect(options: ConnectOptions = {}, deps: ConnectDeps = {}): Registry {
  const { clock = machineClock, random = Math.random, log = nullLogger } = deps;
  const etcd = createEtcd(resolveConnection(options), { clock, random });
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
    close: () => (closing ??= end()),
    [Symbol.asyncDispose]: () => registry.close(),
  };
  return registry;
}

function resolveConnection({ endpoints, tls, auth, ...rest }: ConnectOptions): EtcdOptions {
  const settled = endpoints ?? [tls === undefined ? defaults.endpoint : defaults.secureEndpoint];
  for (const text of settled) {
    const endpoint = parseEndpoint(text, tls !== undefined);
    if ('problem' in endpoint || endpoint.secure || tls === undefined) continue;
    throw invalid(`${JSON.stringify(hideCredentials(text))} is not encrypted, but there is \`tls\`: write https://`);
  }
  if ((tls?.cert === undefined) !== (tls?.key === undefined)) throw invalid('`tls.cert` and `tls.key` need each other');
  if (auth !== undefined && (auth.password === undefined) === (auth.passwordFile === undefined))
    throw invalid('`auth` needs either `password` or `passwordFile`');
  return { endpoints: settled, ...(tls && { tls }), ...(auth && { auth }), ...rest };
}

function invalid(why: string): RollcallError {
  return new RollcallError('CONFIG_INVALID', `connect: ${why}`, { hint: 'Correct the options of `connect`.' });
}
