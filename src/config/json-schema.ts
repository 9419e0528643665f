import * as z from 'zod';
import type { FileKind } from './file-kind.js';
import { fixtureSchema } from './fixture.js';
import type { TargetKinds } from '../targets/kinds.js';
import { targetKinds } from '../targets/registry.js';
import { configSchemaOf } from './schema.js';
import { testsSchema } from './test-file.js';
import { conditionsOfVars, type BuiltInVars } from './vars-schema.js';

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
 * The JSON Schema of a file as users write it: durations are text, and keys with a default are optional. It is draft 7, which
 * most editors support. It refuses every unknown key and every wrong type that rollcall refuses. It cannot check paths,
 * endpoints and references between parts: only rollcall does (`rollcall validate`).
 *
 * @param kinds the kinds of targets that a config may use
 * @param builtIns the built-in templates: `vars` of a target are checked against those that it uses
 */
export function createJsonSchema(
  file: FileKind,
  kinds: TargetKinds = targetKinds,
  builtIns: readonly BuiltInVars[] = [],
): JsonSchema {
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
  return { $schema, title, ...(file === 'config' ? withVars(rest, conditionsOfVars(kinds, builtIns)) : rest) };
}

/** Adds conditions to each target of a config. */
function withVars(schema: JsonSchema, conditions: readonly JsonSchema[]): JsonSchema {
  const properties = schema.properties as { readonly targets: { readonly items: JsonSchema } };
  const { targets } = properties;
  if (conditions.length === 0) return schema;
  const items = { ...targets.items, allOf: conditions };
  return { ...schema, properties: { ...properties, targets: { ...targets, items } } };
}

/** Turns the `.meta()` keys of the documentation into keywords of JSON Schema, and removes those that have none. */
function refine(schema: Record<string, unknown>): void {
  const { short, fallback } = schema;
  for (const key of ['doc', 'like', 'fallback', 'short']) Reflect.deleteProperty(schema, key);
  if (typeof fallback === 'string') schema.description = `${String(schema.description)} Without it: ${fallback}.`;
  if (Array.isArray(short)) {
    // A name alone means the map with that name.
    schema.anyOf = [{ type: 'string', enum: short }, { oneOf: schema.oneOf }];
    Reflect.deleteProperty(schema, 'oneOf');
  }
}
