import type { CompilableConfig } from '../build/compile-templates.js';
import type { LoadedConfig } from '../config/load.js';
import { RollcallError } from '../model/errors.js';
import { nearest } from '../model/suggest.js';
import { sourcesOf } from '../config/target-inputs.js';

/**
 * The config with only these targets and the sources that they use.
 *
 * @param names names of the targets; empty: all targets
 * @throws RollcallError `CONFIG_INVALID` for a name that no target has
 */
export function selectTargets(loaded: LoadedConfig, names: readonly string[]): CompilableConfig {
  const { config } = loaded;
  const known = config.targets.map(({ name }) => name);
  for (const name of names) if (!known.includes(name)) throw unknownTarget(known, name);
  const kept = [...config.targets.entries()].filter(([, { name }]) => names.length === 0 || names.includes(name));
  const targets = kept.map(([, target]) => target);
  const used = new Set(targets.flatMap((target) => sourcesOf(config, target)));
  return {
    ...loaded,
    ...(names.length > 0 && { varNames: 'targets' }),
    config: { ...config, targets, sources: config.sources.filter(({ name }) => used.has(name)) },
    locate([first, index, ...rest], message, hint) {
      // The paths of problems are those of the whole config.
      const whole = first === 'targets' && typeof index === 'number' ? kept[index]?.[0] : index;
      return loaded.locate(
        [first, whole, ...rest].filter((segment) => segment !== undefined),
        message,
        hint,
      );
    },
  };
}

function unknownTarget(known: readonly string[], name: string): RollcallError {
  const near = nearest(name, known);
  const hint = near === undefined ? `The targets are: ${known.join(', ')}.` : `Did you mean ${near}?`;
  return new RollcallError('CONFIG_INVALID', `the config has no target ${JSON.stringify(name)}`, { hint });
}
