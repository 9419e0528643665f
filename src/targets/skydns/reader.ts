import type { JournalReader } from '../../ports/journal.js';
import type { TargetReader } from '../../ports/target.js';
import { desiredRecords, digestSkydns, type DesiredRecords, type RecordOptions } from './desired.js';
import { keyOfName } from './name.js';
import { readRecords, type RecordStore } from './observe.js';
import { ownedDirectories } from './owned.js';
import { previewSkydns } from './preview.js';

export interface SkydnsReaderDeps {
  readonly journal: JournalReader;
  /** The etcd that CoreDNS reads. */
  readonly etcd: RecordStore;
  /** The values must not be shown. Default: false. */
  readonly secret?: boolean | undefined;
}

/** The directory of all keys of a target. Ends with a slash. */
export function homeOf({ prefix, domain }: Pick<RecordOptions, 'prefix' | 'domain'>): string {
  return `${keyOfName(prefix, domain)}/`;
}

/** Directories in which the target wrote under an earlier config. */
export function formerHomes({ record }: JournalReader, home: string): string[] {
  return ownedDirectories(record.owned).filter((directory) => directory !== home);
}

/** The read-only part of a skydns target. */
export function createSkydnsReader(
  options: RecordOptions,
  { journal, etcd, secret = false }: SkydnsReaderDeps,
): TargetReader<DesiredRecords> {
  const home = homeOf(options);
  return {
    desired: (view) => desiredRecords(options, view),
    outputs: ({ records }) => [...records].map(([output, text]) => ({ output, text, secret })),
    digest: digestSkydns,
    async preview(desired, signal) {
      const records = await readRecords(etcd, [home, ...formerHomes(journal, home)], options.owner, signal);
      return previewSkydns(desired, { records }, secret);
    },
  };
}
