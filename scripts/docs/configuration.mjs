// The tables of docs/configuration.md, from the schemas and what their `.meta()` says:
//   description  the meaning
//   fallback     words for what counts where the key is left out and there is no default
//   doc          the type, where the schema does not tell
//   like         the block whose keys this one has, too: they are described there
import { table } from './markdown.mjs';

const defOf = (schema) => schema._zod.def;

/** A schema without what wraps it (optional, default, a transformation of its output). */
function unwrap(schema) {
  const def = defOf(schema);
  if (def.type === 'pipe') return unwrap(defOf(def.in).type === 'transform' ? def.out : def.in);
  return 'innerType' in def ? unwrap(def.innerType) : schema;
}

/** What `.meta()` says of a schema or of what it wraps; the outermost word counts. */
function metaOf(schema) {
  const def = defOf(schema);
  const inner =
    def.type === 'pipe'
      ? metaOf(defOf(def.in).type === 'transform' ? def.out : def.in)
      : 'innerType' in def
        ? metaOf(def.innerType)
        : {};
  const own = schema.meta?.() ?? {};
  return { ...inner, ...own };
}

const code = (value) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

function typeOf(schema, plural = false) {
  const { doc } = metaOf(schema);
  if (doc !== undefined) return plural && doc !== 'text' ? `${doc}s` : doc;
  const inner = unwrap(schema);
  const def = defOf(inner);
  switch (def.type) {
    case 'string':
      return 'text';
    case 'number':
      return 'whole number';
    case 'boolean':
      return 'true or false';
    case 'enum':
      return Object.values(def.entries).map(code).join(', ');
    case 'literal':
      return def.values.map(code).join(', ');
    case 'array':
      return `list of ${typeOf(def.element, true)}`;
    case 'object':
    case 'record':
      return plural ? 'maps' : 'map';
    case 'union':
      return [...new Set(def.options.map((option) => typeOf(option)))].join(' or ').replace('whole number', 'number');
    case 'unknown':
      return 'any YAML';
    default:
      throw new Error(`no words for a schema of type ${def.type}`);
  }
}

/** What counts where the key is left out. */
function defaultOf(schema) {
  const def = defOf(schema);
  if (def.type === 'default' || def.type === 'prefault') return code(def.defaultValue);
  return metaOf(schema).fallback ?? (def.type === 'optional' ? 'none' : 'required');
}

/** Every key below a schema, in its order: `{ path, type, default, meaning }`. A key of several alternatives stands once. */
function collect(schema, path, rows) {
  const inner = unwrap(schema);
  const def = defOf(inner);
  const add = (key, value, fallback) => {
    const { description = '', like } = metaOf(value);
    const meaning = like === undefined ? description : `${description} The same keys as \`${like}\`.`;
    const type = typeOf(value);
    const known = rows.get(key);
    if (known === undefined) rows.set(key, { path: key, type, default: fallback, meaning });
    // What chooses among alternatives: one value each.
    else if (defOf(value).type === 'literal' && !known.type.includes(type)) known.type += `, ${type}`;
    if (like === undefined) collect(value, key, rows);
  };
  if (def.type === 'union') for (const option of def.options) collect(option, path, rows);
  else if (def.type === 'array') collect(def.element, `${path}[]`, rows);
  else if (def.type === 'record') add(`${path}.NAME`, def.valueType, 'none');
  else if (def.type === 'object')
    for (const [key, value] of Object.entries(def.shape))
      add(path === '' ? key : `${path}.${key}`, value, defaultOf(value));
  return rows;
}

/** The tables by where a key belongs: the first part that takes it has it. */
const parts = (kinds) => [
  ['sources', /^sources\b/],
  ...kinds.map((kind) => [kind, new RegExp(`^targets\\[\\]\\.${kind}\\b`)]),
  ['consumer', /^targets\[\]\.(check|reload|confirm)\b/],
  ['targets', /^targets\b/],
  ['process', /./],
];

/**
 * @param load imports a module of the code by its path below src/.
 * @param kinds of targets. Default: those that rollcall has.
 */
export async function describeConfiguration(load, kinds) {
  const { configSchemaOf } = await load('config/schema.js');
  const { targetKinds } = await load('targets/registry.js');
  const known = kinds ?? targetKinds;
  const rows = [...collect(configSchemaOf(known), '', new Map()).values()];
  const tables = parts(known.keys).map(([name, pattern]) => [name, pattern, []]);
  for (const row of rows) tables.find(([, pattern]) => pattern.test(row.path))[2].push(row);
  return Object.fromEntries(
    tables.map(([name, , own]) => [
      name,
      table(
        ['key', 'type', 'default', 'meaning'],
        own.map((row) => [`\`${row.path}\``, row.type, row.default, row.meaning]),
      ),
    ]),
  );
}
