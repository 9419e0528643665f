import type { ConfigPath } from './problem.js';

/** What replaces a key that earlier versions had. */
export interface Renamed {
  readonly message: string;
  /** The text to write instead. */
  readonly hint: string;
}

/** The key pattern that means the same as `depth` did. */
const patternOfDepth = (depth: unknown, format: unknown): string => {
  const service = depth === 0 ? '<service>' : depth === 1 ? '<service>/<id>' : '<service...>/<id>';
  return format === 'nerve' ? `${service}/<_>` : service;
};

const root = (value: unknown): string => (typeof value === 'string' ? `${value.replace(/\/+$/, '')}/` : 'PATH/');

/** For each former key of `format`: its replacement, from its value and the name of the format. */
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
 * Finds the replacement of a key that earlier versions had; undefined for any other unknown key.
 *
 * @param parent path of the map that holds the key
 * @param beside the map itself
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
  if (parent.at(-2) === 'targets' && key === 'emptyAfter')
    return {
      message: 'is now `holdFor` of `guard`',
      hint: `Write \`guard: { holdFor: ${typeof value === 'string' || typeof value === 'number' ? String(value) : '10m'} }\`.`,
    };
  if (parent.at(-2) === 'files' && key === 'serial')
    return {
      message: 'is now the kind of target `zoneFile`, which writes the whole zone and counts its serial',
      hint: 'Write `zoneFile: { path: …, zone: …, ns: […] }` in place of `files`.',
    };
  if (parent.at(-1) !== 'format') return undefined;
  if (ofSource.has(key))
    return { message: 'belongs to the source', hint: `Write \`${key}\` beside \`format\`, not in it.` };
  return Object.hasOwn(ofFormat, key) ? ofFormat[key]?.(value, name) : undefined;
}

/** Keys of the source that users easily write below its format. */
const ofSource: ReadonlySet<string> = new Set([
  'key',
  'service',
  'prefix',
  'exact',
  'select',
  'addresses',
  'trustValue',
]);
