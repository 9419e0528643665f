import { compileKeyPattern, isService } from './pattern.js';
import type { KeyPattern } from './pattern.js';

/** How the writers of a format lay out their keys. */
export interface KeyLayout {
  /** The writer's default prefix; ends in a slash. Absent: the writer has no default. */
  readonly root?: string;
  /** Patterns of the keys after the prefix. No key fits two of them. */
  readonly patterns: readonly [string, ...string[]];
  /** Literals match in upper and lower case. */
  readonly caseInsensitive?: true;
  /** The segments of a service encode its name: reversed labels, escapes, or several fields in one segment. */
  readonly encodedService?: true;
}

/** The settings of a source that decide how its keys are read. */
export interface KeySettings {
  /** The source's prefix up to its last slash; `''` when it has none. */
  readonly base: string;
  /** The pattern of the config. Default: the patterns of the format. */
  readonly key?: string | undefined;
  /** The service of all keys, when the keys name none. */
  readonly service?: string | undefined;
}

/**
 * The patterns of a source's keys. A source without `key` uses the patterns of its format. When the base is a beginning of the format's
 * root, the rest of the root comes before the patterns. When the source names the service, only the segments after the service remain.
 *
 * @throws RangeError for a pattern of the config that cannot be used
 */
export function patternsOf(layout: KeyLayout, { base, key, service }: KeySettings): readonly KeyPattern[] {
  if (key !== undefined) return [compileKeyPattern(key)];
  const patterns = layout.patterns.map(compileKeyPattern);
  if (service !== undefined) return [...new Set(patterns.map(afterService))].map(compileKeyPattern);
  const { root = '' } = layout;
  if (root.length <= base.length || !root.startsWith(base)) return patterns;
  return layout.patterns.map((pattern) => compileKeyPattern(root.slice(base.length).replace(/^\/+/, '') + pattern));
}

function afterService({ text, parts }: KeyPattern): string {
  const at = parts.findIndex(isService);
  const rest = text.split('/').slice(at + 1);
  return rest.length === 0 ? '<id>' : rest.join('/');
}
