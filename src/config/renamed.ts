import type { ConfigPath } from './problem.js';

/** What became of a key that a config once had. */
export interface Renamed {
  readonly message: string;
  /** What to write instead. */
  readonly hint: string;
}

/** What the formats that took `depth` had by default before the service. */
const patternOfDepth = (depth: unknown, format: unknown): string => {
  const service = depth === 0 ? '<service>' : depth === 1 ? '<service>/<id>' : '<service...>/<id>';
  return format === 'nerve' ? `${service}/<_>` : service;
};

const root = (value: unknown): string => (typeof value === 'string' ? `${value.replace(/\/+$/, '')}/` : 'PATH/');

/** Keys of `format`, by name: what they are now, from their value and the name of the format. */
const ofFormat: Readonly<Record<string, (value: unknown, format: unknown) => Renamed>> = {
  depth: (value, format) => ({
    message: 'is now `key` of the source, which says where the service stands after the prefix',
    hint: `Write \`key: ${patternOfDepth(value, format)}\` beside \`format\`, not in it.`,
  }),
  namespace: (value) => ({
    message: 'is now the `prefix` of the source',
    hint: `Write \`prefix: ${root(value)}\`, and leave \`namespace\` out.`,
  }),
  root: (value) => ({
    message: 'is now the `prefix` of the source',
    hint: `Write \`prefix: ${root(value)}\`, and leave \`root\` out.`,
  }),
  labels: (value) => {
    const ids = Array.from({ length: typeof value === 'number' && value > 0 && value < 17 ? value : 1 }, () => '<id>');
    return {
      message: 'is now `key` of the source, which says where the service stands after the prefix',
      hint: `Write \`key: <service...>/${ids.join('/')}\` beside \`format\`, not in it.`,
    };
  },
};

/**
 * What an unknown key was called before.
 *
 * @param parent where the key stands
 * @param beside the map that holds it
 */
export function findRenamed(key: string, parent: ConfigPath, beside: unknown): Renamed | undefined {
  if (parent.at(-1) !== 'format' || !Object.hasOwn(ofFormat, key)) return undefined;
  const { name, [key]: value } = beside as Readonly<Record<string, unknown>>;
  return ofFormat[key]?.(value, name);
}
