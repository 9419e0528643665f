// The generated files of the chart, from the JSON Schema of the config, the keys of the chart and the alerts.
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { table } from '../docs/markdown.mjs';
import { keysOf } from './keys.mjs';
import { rowsOf } from './rows.mjs';

const chart = 'charts/rollcall';

/**
 * The config as values: `stateDir` is not a choice, and what the chart adds is not required. `guard: off` reaches Helm as false, because
 * Helm reads YAML 1.1.
 */
function configOf(schema) {
  // Helm's regular expressions are those of Go, which lack \uNNNN.
  const text = JSON.stringify(schema).replace(/\\\\u00([\da-f]{2})/g, '\\\\x$1');
  const { type, properties, required, additionalProperties } = JSON.parse(text);
  const config = { type, properties, additionalProperties };
  delete config.properties.stateDir;
  const target = config.properties.targets.items.properties;
  target.guard = { ...target.guard, anyOf: [...target.guard.anyOf, { const: false }] };
  // Without it, the chart's own message says what to do.
  return { ...config, anyOf: [{ maxProperties: 0 }, { required }] };
}

function schemaOf(keys) {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart rollcall',
    type: 'object',
    properties: keys,
    required: ['image'],
    additionalProperties: false,
  };
}

/** The default of a value, of a group from those of its values. Undefined: none. */
function defaultOf({ default: value, type, properties }) {
  if (value !== undefined || type !== 'object' || properties === undefined) return value;
  const entries = Object.entries(properties).map(([key, each]) => [key, defaultOf(each)]);
  return Object.fromEntries(entries.filter(([, each]) => each !== undefined));
}

const comment = (text, indent) =>
  text
    .match(/.{1,100}(?:\s|$)/g)
    .map((line) => `${indent}# ${line.trim()}\n`)
    .join('');

function valuesOf(keys, indent = '') {
  return Object.entries(keys)
    .filter(([key]) => key !== 'global')
    .map(([key, schema]) => {
      const head = comment(schema.description, indent);
      if (schema.default === undefined && schema.properties !== undefined)
        return `${head}${indent}${key}:\n${valuesOf(schema.properties, `${indent}  `)}`;
      const value = defaultOf(schema);
      if (value === undefined) return `${head}${indent}# ${key}:\n`;
      const text = stringify({ [key]: value }, { singleQuote: true }).trimEnd();
      return `${head}${text.replace(/^/gm, indent)}\n`;
    })
    .join(indent === '' ? '\n' : '');
}

/**
 * @param read gives the text of a file, by its path from the top
 * @returns path to text
 */
export async function chartFiles(read) {
  const keys = keysOf(configOf(JSON.parse(read('docs/schema/rollcall.schema.json'))));
  const rows = rowsOf(keys).map(({ key, type, fallback, meaning }) => [`\`${key}\``, type, fallback, meaning]);
  const readme = `${chart}/README.md`;
  const written = read(readme).replace(
    /(<!-- values -->\n)[^]*(<!-- end -->)/,
    (_, from, to) => `${from}\n${table(['key', 'type', 'default', 'meaning'], rows)}\n\n${to}`,
  );
  const pretty = async (path, text) =>
    format(text, { ...(await resolveConfig(new URL('../../package.json', import.meta.url))), filepath: path });
  return {
    [`${chart}/values.schema.json`]: `${JSON.stringify(schemaOf(keys))}\n`,
    [`${chart}/values.yaml`]: await pretty(
      'values.yaml',
      `# Written by scripts/chart.mjs from scripts/chart/keys.mjs. README.md has the same as a table.\n\n${valuesOf(keys)}`,
    ),
    [readme]: await pretty(readme, written),
    [`${chart}/files/rollcall.rules.yml`]: read('monitoring/rollcall.rules.yml'),
  };
}
