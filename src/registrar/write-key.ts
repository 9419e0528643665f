import { RollcallError } from '../model/errors.js';
import type { Clock } from '../ports.js';
import type { Etcd } from '../etcd/client.js';
import { isStaying, type Handle, type DesiredValue } from './handle.js';
import { decideWrite, type Holder } from './decide.js';
import type { Lease } from './lease.js';

export interface WriteKeyParts {
  readonly etcd: Pick<Etcd, 'range' | 'txn'>;
  readonly lease: Pick<Lease, 'id' | 'isOwn'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * `done`: etcd has what was wanted. `taken`: somebody else has the key. `raced`: somebody writes it all the time. `void`: the
 * lease or the wish went away meanwhile.
 */
export type WriteOutcome = 'done' | 'taken' | 'raced' | 'void';

/** Times that somebody else may come between a look and a write. */
const races = 3;

/**
 * Makes one key what its handle wants, whatever is there: looks, judges, and writes on the condition that the key is still as
 * it was. So a write whose answer was lost is found by the next look, and never doubled.
 *
 * @throws EtcdError, RollcallError
 */
export async function writeKey(handle: Handle, parts: WriteKeyParts): Promise<WriteOutcome> {
  const { etcd, lease, clock, signal } = parts;
  const { id } = lease;
  const { key, order } = handle;
  const isVoid = (): boolean => id === undefined || lease.id !== id || !isStaying(handle) || signal.aborted;
  let repaired = false;

  for (let attempt = 1; attempt <= races; attempt++) {
    if (id === undefined) return 'void';
    const { wanted } = handle;
    const { entries } = await etcd.range({ key }, signal);
    if (isVoid()) return 'void';
    handle.lookedAt = clock.now();
    const [seen] = entries;
    const first = handle.stage === 'joining';
    const verdict = decideWrite(seen, {
      value: wanted.value,
      lease: id,
      isOwn: lease.isOwn,
      isSame: (entry) => order.isSame(entry, wanted.registration),
      first,
      takeOver: order.takeOver,
    });
    if (verdict.kind === 'taken') {
      const under = seen === undefined || seen.lease === '0' ? 'without a lease' : `under lease ${seen.lease}`;
      const detail = `somebody else has the key, ${under}`;
      if (first) throw new RollcallError('REGISTRATION_CONFLICT', `register ${key}: ${detail}`);
      handle.lose('key-taken', detail);
      return 'taken';
    }
    if (verdict.kind === 'write') {
      note(handle, verdict.over, first);
      repaired ||= !first;
      handle.tried = true;
      if (!(await write(etcd, key, wanted, verdict.modRevision, id, signal))) continue;
      if (isVoid()) return 'void';
    }
    handle.settle(wanted, repaired);
    return 'done';
  }
  return 'raced';
}

/** What the write to come will have meant, also when its answer is lost. */
function note(handle: Handle, over: Holder, first: boolean): void {
  if (first && over === 'same') handle.entry = 'adopted';
  if (first && over === 'other') handle.entry = 'taken-over';
  if (!first && over === 'nobody' && handle.isPresent) handle.lose('key-gone', 'somebody else deleted the key');
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
