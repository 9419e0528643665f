import { join } from 'node:path';
import type { Check } from '../../../src/ports/check.js';
import type { Journal, Originals } from '../../../src/ports/journal.js';
import type { Target } from '../../../src/ports/target.js';
import { openStore } from '../../../src/state/store.js';
import { createFilesTarget } from '../../../src/targets/files/target.js';
import type { FileSpec } from '../../../src/targets/files/desired-file.js';
import type { OnStep } from '../../../src/targets/transaction.js';
import { realClock } from '../../support/clock.js';
import { memoryLog, type MemoryLog } from '../../support/log.js';

export interface FilesWorld {
  readonly journal: Journal;
  readonly log: MemoryLog;
  /** The target's own directory below the stateDir. */
  readonly scratch: string;
  target(parts: readonly FileSpec[], options?: WorldOptions): Target;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly check?: Check;
  readonly onStep?: OnStep;
  readonly vouched?: readonly string[];
  readonly secret?: boolean;
  readonly originals?: Originals;
}

/** A journal in its own stateDir, for files targets. */
export async function openFilesWorld(stateDir: string): Promise<FilesWorld> {
  const log = memoryLog();
  const store = await openStore(stateDir, { log });
  const journal = await store.journal('t');
  const scratch = store.scratch('t');
  return {
    journal,
    log,
    scratch,
    target: (parts, options) =>
      createFilesTarget(parts, {
        target: 't',
        journal,
        scratch,
        originals: store.originals,
        log,
        clock: realClock,
        ...options,
      }),
    close: () => store.close(),
  };
}

/** A file with a fixed text, or with the current result of a function. */
export function plainPart(path: string, text: string | (() => string), over: Partial<FileSpec> = {}): FileSpec {
  const template = { render: () => ({ text: typeof text === 'string' ? text : text(), rejected: [] }) };
  return { path, template, mode: 0o644, owner: undefined, group: undefined, inPlace: false, ...over };
}

/** One file for each service. `{{service.name}}` in the pattern stands for the name. */
export function fanOutPart(directory: string, text: string | (() => string), pattern = '{{service.name}}'): FileSpec {
  const path = join(directory, pattern);
  return plainPart(path, text, {
    fanOut: {
      directory,
      path: {
        render: (_view, service) => ({ text: path.replace('{{service.name}}', service?.name ?? ''), rejected: [] }),
      },
    },
  });
}
