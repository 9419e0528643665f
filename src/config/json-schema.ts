import * as z from 'zod';
import { configSchema } from './schema.js';

/** A JSON Schema, as JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema (draft 7, which editors know best) of a config file as people write it: durations are text, what has a default may be left out. It
 * refuses every unknown key and every wrong type that `rollcall validate` refuses; what takes more than the shape (paths,
 * endpoints, what one part says of another) only `rollcall validate` knows.
 */
export function createJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      refine(jsonSchema);
    },
  });
  const { $schema, ...rest } = schema as JsonSchema;
  return { $schema, title: 'The configuration of rollcall', ...rest };
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
