import type { LoadedConfig } from '../../config/load.js';
import type { ConfigProblem } from '../../config/problem.js';
import { sourcesOf } from '../../config/target-inputs.js';
import type { SourceSnapshot } from '../../model/snapshot.js';

/**
 * Finds targets whose consumer spreads connections evenly, although instances of one service have different weights. Weight 0 means that an
 * instance gets no new connections, which every kind can say.
 */
export function adviseWeights(
  { source, services }: SourceSnapshot,
  { config, kinds, locate }: Pick<LoadedConfig, 'config' | 'kinds' | 'locate'>,
): ConfigProblem[] {
  const weighted = [...services.values()].find(
    ({ instances }) => new Set(instances.flatMap(({ weight }) => (weight > 0 ? [weight] : []))).size > 1,
  );
  if (!weighted) return [];
  return config.targets.flatMap((target, index) =>
    kinds
      .blocksOf(target)
      .filter(({ kind }) => kind.isUnweighted === true && sourcesOf(config, target).includes(source))
      .map(({ kind }) =>
        locate(
          ['targets', index, kind.key],
          `instances of ${weighted.name} in source ${source} have different weights, and ${kind.key} cannot express them: each gets the same share of the connections`,
        ),
      ),
  );
}
