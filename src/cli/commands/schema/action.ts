import { readVersion } from '../../../build/version.js';
import { readBuiltIns } from '../../../build/built-ins.js';
import type { FileKind } from '../../../config/file-kind.js';
import { createJsonSchema } from '../../../config/json-schema.js';
import { putFile } from '../../../filesystem/put.js';
import { targetKinds } from '../../../targets/registry.js';

export interface SchemaOptions {
  readonly output?: string;
}

/** Prints the JSON Schema of a kind of file or the OpenAPI document of the admin server, or writes it to a file. */
export async function schema(kind: FileKind | 'admin', { output }: SchemaOptions): Promise<number> {
  const described =
    kind === 'admin' ? await describeAdmin() : createJsonSchema(kind, targetKinds, await readBuiltIns());
  const text = `${JSON.stringify(described, undefined, 2)}\n`;
  if (output === undefined) process.stdout.write(text);
  else await putFile(output, text, { existing: 'replace' });
  return 0;
}

async function describeAdmin(): Promise<object> {
  const { describeApi } = await import('../../../admin/openapi.js');
  return describeApi(readVersion());
}
