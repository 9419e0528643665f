import { statSync } from 'node:fs';
import type { ProcessInfo, RunningServer, Worker } from './answers.js';
import type { LoadedRecord, RecordFile } from './record.js';
import { digestOf, digestOptions, type Wanted } from './wanted.js';

/** One HAProxy process and what is known of it. */
export interface Loaded {
  readonly worker: Worker;
  /** The files as the process has them, with all changes since. */
  wanted: Wanted;
  /** By backend, by name of the server, its options. */
  readonly options: Map<string, Map<string, string>>;
  /** `digestOptions` in the record. */
  digest: string | undefined;
  /** Settings of running servers that no file of ours has. */
  foreignSettings: string | undefined;
  /** It was found by its record, which does not name servers. */
  readonly isRecorded: boolean;
}

export const isSame = (one: Worker, other: Worker | undefined): boolean =>
  one.pid === other?.pid && one.started === other.started;

/** The process has read the files as they are. */
export function loadedWith(wanted: Wanted, worker: Worker, isRecorded = false): Loaded {
  const options = new Map<string, Map<string, string>>();
  for (const [name, { servers }] of wanted.backends)
    options.set(name, new Map([...servers.values()].map((server) => [server.name, server.options])));
  return { worker, wanted, options, digest: digestOptions(wanted), foreignSettings: undefined, isRecorded };
}

export function recordOf({ worker, wanted, digest }: Loaded): LoadedRecord {
  return { worker, files: digestOf(wanted), options: digest ?? null };
}

/**
 * Finds out what a process has that this process of rollcall has not met yet: by the record of an earlier one, or because it has started
 * after the files were written.
 *
 * @returns a clause when neither tells
 */
export async function meet(
  { worker }: ProcessInfo,
  wanted: Wanted,
  { record, isPending }: { readonly record: RecordFile; readonly isPending: boolean },
): Promise<Loaded | string> {
  const known = record.read();
  if (known && isSame(known.worker, worker)) {
    if (known.files !== digestOf(wanted)) return 'what only a reload can change has changed since the last reload';
    // Without a pending reload, the process has the servers of the files, with their options.
    if (!isPending || (known.options !== null && known.options === digestOptions(wanted)))
      return loadedWith(wanted, worker, true);
    return 'an earlier change was interrupted, and it is not known with which options HAProxy has its servers';
  }
  if (worker.started <= newest(wanted.files.keys()))
    return `process ${worker.pid} of HAProxy may have started before the files were last written`;
  const loaded = loadedWith(wanted, worker);
  await record.write(recordOf(loaded));
  return loaded;
}

/** The whole second in which the newest of these files got its contents. Infinity: not known. */
function newest(paths: Iterable<string>): number {
  let seconds = 0;
  for (const path of paths) {
    // A look at memory: a trip through the thread pool takes longer.
    const stats = statSync(path, { throwIfNoEntry: false });
    seconds = Math.max(seconds, stats ? Math.floor(stats.ctimeMs / 1000) : Infinity);
  }
  return seconds;
}

/** Learns the options of servers that the files do not have, where all servers of their backend have the same. */
export function learnOptions(
  { options, wanted, isRecorded }: Loaded,
  backend: string,
  running: ReadonlyMap<string, RunningServer>,
): void {
  const [only, ...others] = wanted.backends.get(backend)?.optionSets ?? [];
  if (!isRecorded || only === undefined || others.length > 0) return;
  const known = options.get(backend);
  for (const name of running.keys()) if (known && !known.has(name)) known.set(name, only);
}
