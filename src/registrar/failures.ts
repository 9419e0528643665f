import { RollcallError, messageOf, type ErrorCode } from '../model/errors.js';
import { EtcdError } from '../etcd/failure.js';

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}

const permanentCodes: readonly ErrorCode[] = ['REGISTRATION_CONFLICT', 'ETCD_DENIED', 'ETCD_LOGIN'];

/** True when waiting does not help a first registration: the operator has to change something. */
export function isPermanent(error: Error): boolean {
  return error instanceof RollcallError && permanentCodes.includes(error.code);
}

/** True when the failure concerns this key only: calls for other keys may succeed. */
export function isKeySpecific(error: Error): boolean {
  return error instanceof EtcdError && !error.traits.retryElsewhere && !error.traits.leaseGone;
}

export function isLeaseGone(error: Error): boolean {
  return error instanceof EtcdError && error.traits.leaseGone;
}

export function isDenied(thrown: unknown): boolean {
  return thrown instanceof EtcdError && thrown.code === 'ETCD_DENIED';
}
