import { writeFile } from 'node:fs/promises';
import type { FileKind } from '../config/file-kind.js';
import { createJsonSchema } from '../config/json-schema.js';
import { RollcallError } from '../model/errors.js';
import { explainUnwritten } from '../model/file-error.js';

export interface SchemaOptions {
  readonly output?: string;
}

/** Prints the JSON Schema of a file that people write, or writes it to a file. */
export async function schema(kind: FileKind, { output }: SchemaOptions): Promise<number> {
  const text = `${JSON.stringify(createJsonSchema(kind), undefined, 2)}\n`;
  if (output === undefined) process.stdout.write(text);
  else
    await writeFile(output, text).catch((cause: unknown) => {
      const hint = 'Name a file in a folder that exists and may be written.';
      throw new RollcallError('OUTPUT_UNWRITABLE', `${output}: ${explainUnwritten(cause)}`, { cause, hint });
    });
  return 0;
}
