import { RollcallError, messageOf, type ErrorCode } from '../model/errors.js';
import { EtcdError } from '../etcd/failure.js';

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}

const final: readonly ErrorCode[] = ['REGISTRATION_CONFLICT', 'ETCD_DENIED', 'ETCD_LOGIN'];

/** Waiting does not help who registers for the first time: somebody has to change something. */
export function isFinal(error: Error): boolean {
  return error instanceof RollcallError && final.includes(error.code);
}

/** It is about this one key: others may fare better. */
export function isAboutKey(error: Error): boolean {
  return error instanceof EtcdError && !error.traits.retryElsewhere && !error.traits.leaseGone;
}

export function isLeaseGone(error: Error): boolean {
  return error instanceof EtcdError && error.traits.leaseGone;
}

export function isDenied(thrown: unknown): boolean {
  return thrown instanceof EtcdError && thrown.code === 'ETCD_DENIED';
}
