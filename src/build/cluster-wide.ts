import type { Config, TargetConfig } from '../config/schema.js';
import type { TargetKinds } from '../targets/kinds.js';

/** Whether all processes with the same config make the same outputs of this target, so that one of them must write it. */
function isClusterWide(kinds: TargetKinds, target: TargetConfig): boolean {
  return kinds.blocksOf(target).some(({ kind }) => kind.clusterWide === true);
}

/** The election that decides who writes the target. Undefined: this process does. */
export function electionOf(config: Config, kinds: TargetKinds, target: TargetConfig): Config['election'] {
  return isClusterWide(kinds, target) ? config.election : undefined;
}
