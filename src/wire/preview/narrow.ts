import { RollcallError } from '../../model/errors.js';
import { nearest } from '../../model/suggest.js';
import { sourcesOf } from '../compile.js';
import type { Prepared } from '../prepare.js';

/**
 * The config with these targets alone, and the sources that they are made from.
 *
 * @param names of targets; none: all of them
 * @throws RollcallError `CONFIG_INVALID` for a name that no target has
 */
export function narrowTo(prepared: Prepared, names: readonly string[]): Prepared {
  const { loaded, compiled } = prepared;
  const known = loaded.config.targets.map(({ name }) => name);
  for (const name of names) if (!known.includes(name)) throw unknownTarget(known, name);
  const targets = loaded.config.targets.filter(({ name }) => names.length === 0 || names.includes(name));
  const used = new Set(targets.flatMap((target) => sourcesOf(loaded.config, target)));
  const sources = loaded.config.sources.filter(({ name }) => used.has(name));
  return { loaded: { ...loaded, config: { ...loaded.config, sources, targets } }, compiled };
}

function unknownTarget(known: readonly string[], name: string): RollcallError {
  const near = nearest(name, known);
  const hint = near === undefined ? `There are: ${known.join(', ')}.` : `Did you mean ${near}?`;
  return new RollcallError('CONFIG_INVALID', `the config has no target ${JSON.stringify(name)}`, { hint });
}
