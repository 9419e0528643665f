import type { Config, TargetConfig } from '../config/schema.js';
import type { Permission } from '../kubernetes/permission.js';
import { permissionsOfElection } from '../election/permissions.js';
import { permissionsOfReload } from '../reload/permissions.js';
import type { TargetKinds } from '../targets/kinds.js';
import { electionOf } from './cluster-wide.js';

/** What a target, its reload and its confirm do in the cluster. Empty: the target needs no cluster. */
export function permissionsOfTarget(kinds: TargetKinds, target: TargetConfig): readonly Permission[] {
  return [
    ...kinds.blocksOf(target).flatMap(({ kind, options }) => kind.permissions?.(options) ?? []),
    ...permissionsOfReload(target),
  ];
}

/** What a config does in the cluster: its targets, and the election if one of them needs it. */
export function permissionsOfConfig(kinds: TargetKinds, config: Config): readonly Permission[] {
  const elections = config.targets.map((target) => electionOf(config, kinds, target));
  const election = elections.find((found) => found !== undefined);
  return [
    ...config.targets.flatMap((target) => permissionsOfTarget(kinds, target)),
    ...(election ? permissionsOfElection(election) : []),
  ];
}
