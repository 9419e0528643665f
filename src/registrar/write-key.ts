import { RollcallError } from '../model/errors.js';
import type { Clock } from '../ports/runtime.js';
import type { Etcd } from '../etcd/client.js';
import { isStaying, type Handle, type DesiredValue } from './handle.js';
import { decideWrite, type Holder } from './decide.js';
import { isDenied } from './failures.js';
import { judgeHolder } from './holder.js';
import type { Lease } from './lease.js';

export interface WriteKeyParts {
  readonly etcd: Pick<Etcd, 'range' | 'txn' | 'timeToLive'>;
  readonly lease: Pick<Lease, 'id' | 'isOwn'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * `done`: etcd has the desired value. `taken`: another writer has the key. `raced`: other writers changed the key on every attempt.
 * `obsolete`: the lease ended or the registration is leaving. `again`: it is not known yet whether another instance lives that has the
 * key; look again after so many milliseconds.
 */
export type WriteOutcome = 'done' | 'taken' | 'raced' | 'obsolete' | { readonly again: number };

/** Attempts: another writer may change the key between our read and our write. */
const maxAttempts = 3;

/**
 * Brings one key in step with its handle: reads the key, decides, and writes on the condition that the key has not changed since the
 * read. If the reply of a write is lost, the next read finds its result, so no write is done twice.
 *
 * @throws EtcdError, RollcallError
 */
export async function writeKey(handle: Handle, parts: WriteKeyParts): Promise<WriteOutcome> {
  const { etcd, lease, clock, signal } = parts;
  const { id } = lease;
  const { key, request } = handle;
  const isObsolete = (): boolean => id === undefined || lease.id !== id || !isStaying(handle) || signal.aborted;
  let repaired = false;

  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    if (id === undefined) return 'obsolete';
    const { desired } = handle;
    const { entries } = await etcd.range({ key }, signal);
    if (isObsolete()) return 'obsolete';
    handle.readAt = clock.now();
    const [observed] = entries;
    const first = handle.stage === 'joining';
    const decision = decideWrite(observed, {
      value: desired.value,
      lease: id,
      isOwn: lease.isOwn,
      isSame: (entry) => request.isSame(entry, desired.registration),
      isFirst: first,
      takeOver: request.takeOver,
    });
    if (decision.kind === 'taken') {
      const under =
        observed === undefined || observed.lease === '0' ? 'without a lease' : `under lease ${observed.lease}`;
      const detail = `another writer has the key, ${under}`;
      if (first) throw new RollcallError('REGISTRATION_CONFLICT', `register ${key}: ${detail}`);
      handle.markLost('key-taken', detail);
      return 'taken';
    }
    if (decision.kind === 'write') {
      if (
        decision.holder === 'same' &&
        request.whenHeld === 'wait' &&
        observed !== undefined &&
        observed.lease !== '0'
      ) {
        const again = await untilUnheld(handle, observed.lease, parts);
        if (isObsolete()) return 'obsolete';
        if (again > 0) return { again };
      }
      recordReason(handle, decision.holder, first);
      repaired ||= !first;
      handle.mayBeInEtcd = true;
      if (!(await write(etcd, key, desired, decision.modRevision, id, signal))) continue;
      if (isObsolete()) return 'obsolete';
    }
    handle.markInStep(desired, repaired);
    return 'done';
  }
  return 'raced';
}

/**
 * Looks whether something keeps the lease of another instance alive. Returns 0 when nothing does, or the milliseconds to the next look.
 *
 * @throws RollcallError REGISTRATION_CONFLICT when the instance lives, or when this user may not know
 */
async function untilUnheld(handle: Handle, lease: string, { etcd, clock, signal }: WriteKeyParts): Promise<number> {
  const held = (why: string): RollcallError =>
    new RollcallError('REGISTRATION_CONFLICT', `register ${handle.key}: another instance holds this key: ${why}`);
  try {
    const state = await etcd.timeToLive(lease, { signal });
    if (state === undefined) return 0;
    const now = clock.now();
    if (handle.holder?.lease !== lease) handle.holder = { lease, left: state.left, at: now };
    const verdict = judgeHolder(handle.holder, state, now);
    if (verdict.kind === 'alive') throw held(`lease ${lease} is kept alive`);
    return verdict.kind === 'unknown' ? verdict.again : 0;
  } catch (error) {
    throw isDenied(error) ? held(`etcd does not permit this user to read lease ${lease}`) : error;
  }
}

/** Records why we write before writing, in case the reply is lost. */
function recordReason(handle: Handle, holder: Holder, first: boolean): void {
  if (first && holder === 'same') handle.acquired = 'adopted';
  if (first && holder === 'other') handle.acquired = 'taken-over';
  if (!first && holder === 'none' && handle.isPresent)
    handle.markLost('key-gone', 'the key was deleted, but not by this process');
}

async function write(
  etcd: WriteKeyParts['etcd'],
  key: string,
  { value }: DesiredValue,
  modRevision: string,
  lease: string,
  signal: AbortSignal,
): Promise<boolean> {
  const operation = value === undefined ? { delete: { key } } : { put: { key, value, lease } };
  const { succeeded } = await etcd.txn({ conditions: [{ key, modRevision }], operations: [operation] }, signal);
  return succeeded;
}
