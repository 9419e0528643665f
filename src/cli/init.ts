import { readFile, writeFile } from 'node:fs/promises';
import { RollcallError } from '../model/errors.js';
import { explainUnwritten } from '../model/file-error.js';
import { printable } from './printable.js';
import type { Starter } from './starters.js';

export interface InitOptions {
  /** A path, or `-` for standard output. */
  readonly output: string;
  readonly force?: true;
}

/** Writes a config to begin with, and says what to do next. A file that is there is not touched without `force`. */
export async function init(consumer: Starter, { output, force }: InitOptions): Promise<number> {
  const text = await readFile(new URL(`../../starters/${consumer}.yaml`, import.meta.url), 'utf8');
  if (output === '-') {
    process.stdout.write(text);
    return 0;
  }
  try {
    await writeFile(output, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    const there = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const why = there ? 'there is a file already' : explainUnwritten(cause);
    const hint = there
      ? 'Name another with --output, or replace it with --force.'
      : 'Name a file in a folder that exists and may be written.';
    throw new RollcallError('OUTPUT_UNWRITABLE', `${output}: ${why}`, { cause, hint });
  }
  const named = output === 'rollcall.yaml' ? '' : ` -c ${output}`;
  process.stdout.write(
    printable(`wrote ${output}. Next:`) +
      `
  look through it: etcd, prefix, paths, check and reload
  rollcall validate${printable(named)}
  rollcall run${printable(named)}
`,
  );
  return 0;
}
