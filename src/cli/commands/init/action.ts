import { readFile } from 'node:fs/promises';
import { putFile } from '../../../filesystem/put.js';
import { RollcallError } from '../../../model/errors.js';
import { packageFile } from '../../package-files.js';
import { printable } from '../../terminal/escape.js';
import type { Starter } from './starters.js';

export interface InitOptions {
  /** A path, or `-` for standard output. */
  readonly output: string;
  readonly force?: true;
}

/** Writes a config to begin with, and says what to do next. A file that is there is not touched without `force`. */
export async function init(consumer: Starter, { output, force }: InitOptions): Promise<number> {
  const text = await readFile(packageFile(`starters/${consumer}.yaml`), 'utf8');
  if (output === '-') {
    process.stdout.write(text);
    return 0;
  }
  await putFile(output, text, { existing: force ? 'replace' : 'refuse' }).catch((error: unknown) => {
    const { cause } = error as { readonly cause?: NodeJS.ErrnoException };
    if (cause?.code !== 'EEXIST') throw error;
    const hint = 'Name another with --output, or replace it with --force.';
    throw new RollcallError('OUTPUT_UNWRITABLE', `${output}: there is a file already`, { cause, hint });
  });
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
