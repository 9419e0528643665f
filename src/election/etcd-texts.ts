import type { Etcd } from '../etcd/client.js';
import { RollcallError } from '../model/errors.js';
import type { SharedTexts } from '../ports/leader.js';

/** Texts below the prefix of an election. A write holds only while the key of the leader has the revision of this leadership. */
export function createEtcdTexts(etcd: Pick<Etcd, 'range' | 'txn'>, prefix: string): SharedTexts {
  const keyOf = (name: string): string => `${prefix}guard/${name}`;
  return {
    async read(name, { signal }) {
      const { entries } = await etcd.range({ key: keyOf(name) }, signal);
      return entries[0]?.value;
    },
    async write(name, text, { epoch, signal }) {
      const { succeeded } = await etcd.txn(
        {
          conditions: [{ key: `${prefix}holder`, modRevision: epoch }],
          operations: [{ put: { key: keyOf(name), value: text } }],
        },
        signal,
      );
      if (!succeeded) throw new RollcallError('NOT_LEADER', `another process has written ${prefix}holder`);
    },
  };
}
