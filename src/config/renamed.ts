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
  const { name, format, [key]: value } = (beside ?? {}) as Readonly<Record<string, unknown>>;
  if (parent.at(-2) === 'sources' && key === 'depth')
    return {
      message: 'is now `key`, which says where the service stands after the prefix',
      hint: `Write \`key: ${patternOfDepth(value, format)}\`.`,
    };
  if (parent.at(-2) === 'sources' && key === 'where')
    return { message: 'is now `select`, as in targets', hint: 'Write `select` in its place; its keys are the same.' };
  if (parent.at(-1) !== 'format') return undefined;
  if (ofSource.has(key))
    return { message: 'belongs to the source', hint: `Write \`${key}\` beside \`format\`, not in it.` };
  return Object.hasOwn(ofFormat, key) ? ofFormat[key]?.(value, name) : undefined;
}

/** Keys of the source that are easily taken for keys of its format. */
const ofSource: ReadonlySet<string> = new Set([
  'key',
  'service',
  'prefix',
  'exact',
  'select',
  'addresses',
  'trustValue',
]);
