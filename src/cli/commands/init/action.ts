import { readFile } from 'node:fs/promises';
import { putFile } from '../../../filesystem/put.js';
import { RollcallError } from '../../../model/errors.js';
import { printable } from '../../terminal/escape.js';
import type { Starter } from './starters.js';

export interface InitOptions {
  /** A path, or `-` for standard output. */
  readonly output: string;
  readonly force?: true;
}

/** Writes a starter config, and prints what to do next. Without `force`, a file that exists is an error and stays as it is. */
export async function init(consumer: Starter, { output, force }: InitOptions): Promise<number> {
  // The build copies the folder beside the bundle, so the path is the same there.
  const text = await readFile(new URL(`./starters/${consumer}.yaml`, import.meta.url), 'utf8');
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
