import { readBuiltIns } from '../../../build/built-ins.js';
import type { FileKind } from '../../../config/file-kind.js';
import { createJsonSchema } from '../../../config/json-schema.js';
import { putFile } from '../../../filesystem/put.js';
import { targetKinds } from '../../../targets/registry.js';

export interface SchemaOptions {
  readonly output?: string;
}

/** Prints the JSON Schema of a kind of file, or writes it to a file. */
export async function schema(kind: FileKind, { output }: SchemaOptions): Promise<number> {
  const text = `${JSON.stringify(createJsonSchema(kind, targetKinds, await readBuiltIns()), undefined, 2)}\n`;
  if (output === undefined) process.stdout.write(text);
  else await putFile(output, text, { existing: 'replace' });
  return 0;
}
