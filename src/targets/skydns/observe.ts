import type { Etcd } from '../../etcd/client.js';
import type { ObservedRecord } from './diff.js';

/** The etcd calls that this kind needs. */
export type RecordStore = Pick<Etcd, 'range' | 'txn' | 'grant' | 'keepAlive' | 'timeToLive'>;

const pageSize = 5000;

/** All keys below the directories, each directory at one revision. Directories end with a slash. */
export async function readRecords(
  etcd: RecordStore,
  directories: Iterable<string>,
  owner: string,
  signal?: AbortSignal,
): Promise<Map<string, ObservedRecord>> {
  const records = new Map<string, ObservedRecord>();
  for (const prefix of directories) {
    let cursor: { after: string; revision: string } | undefined;
    for (;;) {
      const page = await etcd.range({ prefix, limit: pageSize, ...cursor }, signal);
      for (const { key, value, modRevision, lease } of page.entries)
        records.set(key, { value, modRevision, lease, ours: ownerOf(value) === owner });
      const last = page.entries.at(-1);
      if (!page.more || !last) break;
      cursor = { after: last.key, revision: cursor?.revision ?? page.revision };
    }
  }
  return records;
}

/** The `owner` field of a value; undefined when it has none. */
function ownerOf(value: string): unknown {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null && 'owner' in parsed ? parsed.owner : undefined;
  } catch {
    return undefined;
  }
}
