import { compileKeyPattern, isService } from './pattern.js';
import type { KeyPattern } from './pattern.js';

/** How the writers of a format lay out their keys. */
export interface KeyLayout {
  /** What stands before the patterns where the writer's own settings were left alone; ends in a slash. Absent: each site has its own. */
  readonly root?: string;
  /** Patterns of what follows. No key fits two of them. */
  readonly patterns: readonly [string, ...string[]];
  /** Literals count in any case. */
  readonly caseless?: true;
  /** The segments of a service are another spelling of its name: reversed labels, escapes, several fields in one segment. */
  readonly spelled?: true;
}

/** What a source says of its keys. */
export interface KeySettings {
  /** What every key begins with, up to a slash; `''` for nothing. */
  readonly base: string;
  /** The pattern of the config. Default: what is usual for the format. */
  readonly key?: string | undefined;
  /** The service of keys that name none. */
  readonly service?: string | undefined;
}

/**
 * The patterns that count for a source. Without a pattern of its own they are the format's; where the base is shorter than the format's
 * root, the rest of the root stands before them; where the source names the service, what follows the service in them is left.
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
