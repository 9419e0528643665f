import type { TargetKinds } from '../targets/kinds.js';

type Json = Readonly<Record<string, unknown>>;

/** A built-in template, and the JSON Schema of each var that it declares. */
export interface BuiltInVars {
  readonly template: string;
  readonly vars: Readonly<Record<string, Json>>;
}

/**
 * The conditions of a target's JSON Schema about its `vars`: those that a built-in template of the target declares have the declared
 * types. If all its templates are built in, no var has a name that no built-in template declares. Own templates may read any var, and so
 * may the path pattern of a `forEach`.
 */
export function conditionsOfVars({ all }: TargetKinds, builtIns: readonly BuiltInVars[]): readonly Json[] {
  const names = builtIns.map(({ template }) => template);
  const known = [...new Set(builtIns.flatMap(({ vars }) => Object.keys(vars)))].sort();
  return all.flatMap(({ key, templatePlaces }) =>
    templatePlaces.flatMap((place) => {
      const path = place.split('.');
      const types = builtIns
        .filter(({ vars }) => Object.keys(vars).length > 0)
        .map(({ template, vars }) => whenBlock(key, somewhere(path, { const: template }), { properties: vars }));
      const onlyBuiltIns = whenBlock(key, everywhere(path, { enum: names }), { propertyNames: { enum: known } });
      return builtIns.length === 0 ? [] : [...types, onlyBuiltIns];
    }),
  );
}

function whenBlock(key: string, block: Json, vars: Json): Json {
  return { if: { properties: { [key]: block }, required: [key] }, then: { properties: { vars } } };
}

/** Some value at a path of `TargetKind.templatePlaces` fits. */
function somewhere([first, ...rest]: readonly string[], value: Json): Json {
  if (first === undefined) return value;
  const inner = somewhere(rest, value);
  if (first !== '*') return { type: 'object', properties: { [first]: inner }, required: [first] };
  return {
    anyOf: [
      { type: 'array', contains: inner },
      { type: 'object', not: { additionalProperties: { not: inner } } },
    ],
  };
}

/** All values at the path fit, and no item has a `forEach`. */
function everywhere([first, ...rest]: readonly string[], value: Json): Json {
  if (first === undefined) return value;
  const inner = everywhere(rest, value);
  if (first !== '*') return { properties: { [first]: inner }, not: { required: ['forEach'] } };
  return { items: inner, additionalProperties: inner };
}
