import type { VarType } from './type.js';

/** The JSON Schema (draft 7) of the values of a type. */
export function toJsonSchema(type: VarType): Readonly<Record<string, unknown>> {
  switch (type.kind) {
    case 'any':
      return {};
    case 'boolean':
      return { type: 'boolean' };
    case 'text':
      return { type: 'string', ...(type.pattern !== undefined && { pattern: type.pattern }) };
    case 'number':
    case 'integer': {
      const { kind, min, max } = type;
      return { type: kind, ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) };
    }
    case 'literal':
      return { const: type.value };
    case 'list':
      return { type: 'array', items: toJsonSchema(type.of) };
    case 'map':
      return { type: 'object', additionalProperties: toJsonSchema(type.of) };
    case 'union': {
      const values = type.of.flatMap((each) => (each.kind === 'literal' ? [each.value] : []));
      // Editors complete the values of an enum.
      return values.length === type.of.length ? { enum: values } : { anyOf: type.of.map(toJsonSchema) };
    }
  }
}
