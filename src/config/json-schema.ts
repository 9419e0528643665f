import * as z from 'zod';
import type { FileKind } from './file-kind.js';
import { fixtureSchema } from './fixture.js';
import type { TargetKinds } from '../targets/kinds.js';
import { targetKinds } from '../targets/registry.js';
import { configSchemaOf } from './schema.js';
import { testsSchema } from './test-file.js';

/** A JSON Schema, as JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const files: Readonly<
  Record<FileKind, { readonly title: string; readonly schema: (kinds: TargetKinds) => z.ZodType }>
> = {
  config: { title: 'The configuration of rollcall', schema: configSchemaOf },
  fixture: {
    title: 'A fixture of services in a file, for rollcall render --from and for tests',
    schema: () => fixtureSchema,
  },
  test: { title: 'Tests of templates, for rollcall test', schema: () => testsSchema },
};

/**
 * The JSON Schema (draft 7, which editors know best) of a file as people write it: durations are text, what has a default may be left out. It
 * refuses every unknown key and every wrong type that rollcall refuses (`rollcall validate`, of a config); what takes more
 * than the shape (paths, endpoints, what one part says of another) only rollcall knows.
 *
 * @param kinds of targets that a config may use
 */
export function createJsonSchema(file: FileKind, kinds: TargetKinds = targetKinds): JsonSchema {
  const { title, schema: schemaOf } = files[file];
  const schema = z.toJSONSchema(schemaOf(kinds), {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      refine(jsonSchema);
    },
  });
  const { $schema, ...rest } = schema as JsonSchema;
  return { $schema, title, ...rest };
}

/** What `.meta()` says for the documentation becomes what editors understand. */
function refine(schema: Record<string, unknown>): void {
  const { short, fallback } = schema;
  for (const key of ['doc', 'like', 'fallback', 'short']) Reflect.deleteProperty(schema, key);
  if (typeof fallback === 'string') schema.description = `${String(schema.description)} Without it: ${fallback}.`;
  if (Array.isArray(short)) {
    // A name alone stands for the map with that name.
    schema.anyOf = [{ type: 'string', enum: short }, { oneOf: schema.oneOf }];
    Reflect.deleteProperty(schema, 'oneOf');
  }
}
