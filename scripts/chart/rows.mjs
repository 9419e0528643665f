// The rows of the README's table of values.

const code = (value) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

function typeOf({ type, enum: choices }) {
  if (choices) return choices.map(code).join(', ');
  const words = { string: 'text', integer: 'whole number', boolean: 'true or false', array: 'list', object: 'map' };
  const types = [type].flat().filter((each) => each !== 'null');
  return types.map((each) => words[each] ?? each).join(' or ');
}

const fallbackOf = ({ default: value }, isRequired) => {
  if (isRequired) return 'required';
  return value === undefined || value === '' ? 'none' : code(value);
};

/**
 * @param keys name to schema; a group is a schema with properties and without a default
 * @returns one row for each value: its path, the words for its type and its default, its meaning
 */
export function rowsOf(keys, path = '', required = []) {
  return Object.entries(keys).flatMap(([key, schema]) => {
    const at = `${path}${key}`;
    const row = {
      ...{ key: at, type: typeOf(schema), meaning: schema.description },
      fallback: fallbackOf(schema, required.includes(key)),
    };
    const isGroup = schema.properties !== undefined && schema.default === undefined;
    return isGroup ? rowsOf(schema.properties, `${at}.`, schema.required) : [row];
  });
}
