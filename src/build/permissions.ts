import type { Config, TargetConfig } from '../config/schema.js';
import type { Permission } from '../kubernetes/permission.js';
import { resources } from '../kubernetes/resources.js';
import { permissionsOfElection } from '../election/permissions.js';
import { permissionsOfReload } from '../reload/permissions.js';
import type { TargetKinds } from '../targets/kinds.js';
import { electionOf } from './cluster-wide.js';

/**
 * What a target, its reload and its confirm do in the cluster. Empty: the target needs no cluster.
 *
 * @param events `kubernetes.events`
 */
export function permissionsOfTarget(kinds: TargetKinds, target: TargetConfig, events: boolean): readonly Permission[] {
  const own = kinds.blocksOf(target).flatMap(({ kind, options }) => kind.permissions?.(options) ?? []);
  // Their names are not known before: each event is an object of its own.
  const told = [...new Set(own.map(({ namespace }) => namespace))].map((namespace) => ({
    ...{ resource: resources.event, namespace, verbs: ['create', 'patch'] },
  }));
  return [...own, ...(events ? told : []), ...permissionsOfReload(target)];
}

/** What a config does in the cluster: its targets, and the election if one of them needs it. */
export function permissionsOfConfig(kinds: TargetKinds, config: Config): readonly Permission[] {
  const elections = config.targets.map((target) => electionOf(config, kinds, target));
  const election = elections.find((found) => found !== undefined);
  return [
    ...config.targets.flatMap((target) => permissionsOfTarget(kinds, target, config.kubernetes.events)),
    ...(election ? permissionsOfElection(election) : []),
  ];
}
