import { resolveHealthCheckOptions, type HealthCheckOptions } from '../health/options.js';
import { parseHealthCheck, type HealthCheckSpec } from '../health/spec.js';
import type { EtcdOptions } from '../etcd/options.js';
import { normalizeRequest, type RegistrationRequest } from '../registrar/request.js';
import type { RegisterOptions } from '../registrar/registered.js';
import { RollcallError } from '../model/errors.js';
import type { Registration } from '../model/registration.js';
import type { Runtime } from '../ports.js';
import { findConnection, type ConnectionFlags } from './connection.js';
import { findOwnAddress } from './own-address.js';
import { parseAddressArgument } from './parse-address.js';

/** What the command line asks for, in its own words. Times in milliseconds. */
export interface RegisterRequest extends Omit<Registration, 'address' | 'port' | 'status'> {
  /** `ADDRESS:PORT`, or a part of it. */
  readonly where: string | undefined;
  readonly options: Pick<RegisterOptions, 'ttl' | 'format' | 'prefix' | 'key' | 'takeOver'>;
  /** As `parseHealthCheck` has it, or `none`. */
  readonly check: string | undefined;
  readonly checkOptions: Partial<HealthCheckOptions>;
  readonly onUnhealthy: 'withdraw' | 'critical';
  readonly drain: number;
  readonly killAfter: number;
  readonly command: readonly string[] | undefined;
  readonly etcd: ConnectionFlags;
}

/** When it is well. `gate`: as soon as the endpoint has accepted a connection once. */
export type Wellness =
  | { readonly kind: 'at-once' }
  | { readonly kind: 'gate' | 'check'; readonly spec: HealthCheckSpec; readonly options: HealthCheckOptions };

/** One run of `register`, with everything known that can be known before it. */
export interface RegisterPlan extends Pick<RegisterRequest, 'drain' | 'killAfter' | 'command'> {
  readonly connection: EtcdOptions;
  readonly order: RegistrationRequest;
  readonly options: RegisterRequest['options'];
  readonly wellness: Wellness;
  readonly whenUnwell: 'absent' | 'critical';
  /** What is allowed but hardly meant, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Checks all that was asked for. It looks at the environment, at the config where there is one, and at the way to etcd; it sends nothing.
 *
 * @param cwd the folder in which rollcall was started
 * @throws RollcallError REGISTRATION_INVALID, CONFIG_INVALID or CONFIG_NOT_FOUND, saying what to write instead
 */
export async function planRegistration(
  request: RegisterRequest,
  env: Runtime['env'],
  cwd: string,
): Promise<RegisterPlan> {
  const { where, options, check, checkOptions, onUnhealthy, drain, killAfter, command, etcd, ...said } = request;
  const { ttl = 1000 } = options;
  if (ttl < 1000 || ttl % 1000 !== 0) throw wrong('--ttl: etcd counts in whole seconds: write 1s or more, such as 10s');
  const place = parseAddressArgument(where, env);
  if ('problem' in place) throw wrong(place.problem);
  const connection = await findConnection(etcd, env, cwd);
  const warnings: string[] = [];
  let { address } = place;
  if (address === undefined) {
    const own = await findOwnAddress(connection);
    address = own.address;
    if (own.loopback)
      warnings.push(
        `etcd at ${own.endpoint} is on this machine, so ${address} is what is registered, which no other machine can reach: write ADDRESS:PORT`,
      );
  }
  const order = normalizeRequest({ ...said, address, port: place.port }, options);
  if (onUnhealthy === 'critical' && order.valueOf({ ...order.registration, status: 'critical' }) === undefined)
    throw wrong(`--on-unhealthy critical: ${options.format} has no word for it: write --on-unhealthy withdraw`);
  return {
    ...{ connection, order, options, drain, killAfter, command, warnings },
    wellness: judgeBy(check, checkOptions, order.registration, command !== undefined),
    whenUnwell: onUnhealthy === 'critical' ? 'critical' : 'absent',
  };
}

function judgeBy(
  check: string | undefined,
  options: Partial<HealthCheckOptions>,
  { address, port }: Pick<Registration, 'address' | 'port'>,
  hasChild: boolean,
): Wellness {
  if (check === 'none' || (check === undefined && !hasChild)) return { kind: 'at-once' };
  const spec = parseHealthCheck(check ?? 'tcp', { host: address, port });
  if ('problem' in spec) throw wrong(`--check: ${spec.problem}`);
  return { kind: check === undefined ? 'gate' : 'check', spec, options: resolveHealthCheckOptions(options) };
}

function wrong(problem: string): RollcallError {
  return new RollcallError('REGISTRATION_INVALID', problem, {
    hint: 'Nothing was started or written. `rollcall register --help` has examples.',
  });
}
