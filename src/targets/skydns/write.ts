import { RollcallError } from '../../model/errors.js';
import type { RecordStore } from './observe.js';

export interface RecordWrite {
  readonly key: string;
  /** Null: delete. */
  readonly value: string | null;
  /** The mod revision that the key must still have; `'0'`: the key must not exist. */
  readonly modRevision: string;
}

/** etcd's default for --max-txn-ops. */
export const operationsPerTransaction = 128;

/**
 * Writes in as few transactions as etcd allows, in the given order.
 *
 * @param lease the lease of all written keys; `'0'`: none
 * @param done receives the number of each finished transaction, from 0
 * @throws RollcallError `OUTPUT_RACED` when another writer has changed a key meanwhile: the transactions before that one are
 * done, that one and those after it are not
 */
export async function writeRecords(
  etcd: RecordStore,
  writes: readonly RecordWrite[],
  lease: string,
  done?: (batch: number) => void | Promise<void>,
): Promise<void> {
  for (let at = 0; at < writes.length; at += operationsPerTransaction) {
    const batch = writes.slice(at, at + operationsPerTransaction);
    const { succeeded } = await etcd.txn({
      conditions: batch.map(({ key, modRevision }) => ({ key, modRevision })),
      operations: batch.map(({ key, value }) =>
        value === null ? { delete: { key } } : { put: { key, value, lease } },
      ),
    });
    if (!succeeded) {
      const [first] = batch;
      const others = batch.length === 1 ? '' : ` or one of ${batch.length - 1} others`;
      throw new RollcallError('OUTPUT_RACED', `${first?.key ?? ''}${others} was changed by another writer meanwhile`);
    }
    await done?.(at / operationsPerTransaction);
  }
}
