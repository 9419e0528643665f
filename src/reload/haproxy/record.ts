import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { makeDirectory } from '../../filesystem/make-directory.js';
import { readOwnFile } from '../../filesystem/own-file.js';
import type { Worker } from './answers.js';

const schema = z.strictObject({
  version: z.literal(1),
  worker: z.strictObject({ pid: z.int(), started: z.int() }),
  files: z.string(),
  options: z.string().nullable(),
});

/** What one HAProxy process has loaded, so that a restart of rollcall needs no reload. */
export interface LoadedRecord {
  readonly worker: Worker;
  /** `digestOf` the files, as the process has them. */
  readonly files: string;
  /** `digestOptions` of them; null when it is undefined. */
  readonly options: string | null;
}

/** The record of one target on disk. It is not flushed: no process of HAProxy outlives a power cut. */
export interface RecordFile {
  /** Undefined when there is none that can be used. */
  read(): LoadedRecord | undefined;
  /** Undefined: removes it. @throws the error of the file system */
  write(record: LoadedRecord | undefined): Promise<void>;
}

/** @param scratch the target's own directory below the stateDir */
export function createRecordFile(scratch: string): RecordFile {
  const path = join(scratch, 'haproxy-runtime.json');
  return {
    read() {
      try {
        const found = readOwnFile(path);
        if (!found || 'problem' in found) return undefined;
        const { worker, files, options } = schema.parse(JSON.parse(found.text));
        return { worker, files, options };
      } catch {
        // Without a record, the process counts as unknown.
        return undefined;
      }
    },
    async write(record) {
      if (!record) return rm(path, { force: true });
      await makeDirectory(scratch, 0o700);
      await writeFile(`${path}.new`, JSON.stringify({ version: 1, ...record }), { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
  };
}
