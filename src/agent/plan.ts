import { resolveHealthCheckOptions, type HealthCheckOptions } from '../health/options.js';
import { parseHealthCheck, type HealthCheckSpec } from '../health/spec.js';
import type { EtcdOptions } from '../etcd/options.js';
import { normalizeRequest, type RegistrationRequest } from '../registrar/request.js';
import type { RegisterOptions } from '../registrar/registered.js';
import { RollcallError } from '../model/errors.js';
import type { Registration } from '../model/registration.js';
import type { Runtime } from '../ports/runtime.js';
import { findConnection, type ConnectionFlags } from './connection.js';
import { findOwnAddress } from './own-address.js';
import { parseAddressArgument } from './parse-address.js';

/** The arguments and options of `rollcall register`. Times in milliseconds. */
export interface RegisterArguments extends Omit<Registration, 'address' | 'port' | 'status'> {
  /** `ADDRESS:PORT`, or one of the two. */
  readonly addressArgument: string | undefined;
  readonly options: Pick<RegisterOptions, 'ttl' | 'format' | 'prefix' | 'key' | 'takeOver' | 'whenHeld'>;
  /** A health check in the syntax of `parseHealthCheck`, or `none`. */
  readonly check: string | undefined;
  readonly checkOptions: Partial<HealthCheckOptions>;
  readonly onUnhealthy: 'withdraw' | 'critical';
  readonly drain: number;
  readonly killAfter: number;
  readonly command: readonly string[] | undefined;
  readonly etcd: ConnectionFlags;
}

/**
 * How the service counts as healthy. `unchecked`: always. `first-connect`: from the first connection that its endpoint accepts on.
 * `check`: by the results of a health check.
 */
export type HealthPolicy =
  | { readonly kind: 'unchecked' }
  | { readonly kind: 'first-connect' | 'check'; readonly spec: HealthCheckSpec; readonly options: HealthCheckOptions };

/** One run of `register`: its checked arguments, with defaults filled in. */
export interface RegisterPlan extends Pick<RegisterArguments, 'drain' | 'killAfter' | 'command'> {
  readonly connection: EtcdOptions;
  readonly request: RegistrationRequest;
  readonly options: RegisterArguments['options'];
  readonly healthPolicy: HealthPolicy;
  readonly whenUnhealthy: 'absent' | 'critical';
  /** Suspicious but valid arguments, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Checks the arguments. It reads the environment, the config if there is one, and this machine's route to etcd. It sends nothing.
 *
 * @param cwd the directory in which rollcall was started
 * @throws RollcallError REGISTRATION_INVALID, CONFIG_INVALID or CONFIG_NOT_FOUND; the message says what to write instead
 */
export async function planRegistration(
  request: RegisterArguments,
  env: Runtime['env'],
  cwd: string,
): Promise<RegisterPlan> {
  const {
    addressArgument: where,
    options,
    check,
    checkOptions,
    onUnhealthy,
    drain,
    killAfter,
    command,
    etcd,
    ...rest
  } = request;
  const { ttl = 1000 } = options;
  if (ttl < 1000 || ttl % 1000 !== 0) throw wrong('--ttl: etcd counts in whole seconds: write 1s or more, such as 10s');
  const endpoint = parseAddressArgument(where, env);
  if ('problem' in endpoint) throw wrong(endpoint.problem);
  const connection = await findConnection(etcd, env, cwd);
  const warnings: string[] = [];
  let { address } = endpoint;
  if (address === undefined) {
    const own = await findOwnAddress(connection);
    address = own.address;
    if (own.loopback)
      warnings.push(
        `etcd at ${own.endpoint} is on this machine, so the registered address is ${address}, which no other machine can reach: write ADDRESS:PORT`,
      );
  }
  const registrationRequest = normalizeRequest({ ...rest, address, port: endpoint.port }, options);
  if (
    onUnhealthy === 'critical' &&
    registrationRequest.valueOf({ ...registrationRequest.registration, status: 'critical' }) === undefined
  )
    throw wrong(
      `--on-unhealthy critical: the format ${options.format} has no status critical: write --on-unhealthy withdraw`,
    );
  return {
    ...{ connection, request: registrationRequest, options, drain, killAfter, command, warnings },
    healthPolicy: healthPolicyOf(check, checkOptions, registrationRequest.registration, command !== undefined),
    whenUnhealthy: onUnhealthy === 'critical' ? 'critical' : 'absent',
  };
}

function healthPolicyOf(
  check: string | undefined,
  options: Partial<HealthCheckOptions>,
  { address, port }: Pick<Registration, 'address' | 'port'>,
  hasChild: boolean,
): HealthPolicy {
  if (check === 'none' || (check === undefined && !hasChild)) return { kind: 'unchecked' };
  const spec = parseHealthCheck(check ?? 'tcp', { host: address, port });
  if ('problem' in spec) throw wrong(`--check: ${spec.problem}`);
  return { kind: check === undefined ? 'first-connect' : 'check', spec, options: resolveHealthCheckOptions(options) };
}

function wrong(problem: string): RollcallError {
  return new RollcallError('REGISTRATION_INVALID', problem, {
    hint: 'Nothing was started or written. `rollcall register --help` has examples.',
  });
}
