import type { Permission } from '../kubernetes/permission.js';
import type { Workload } from './workload-schema.js';
import { resourceOf } from './workload.js';

/** What the `reload` and `confirm` blocks of a target do in the cluster. */
export function permissionsOfReload({
  reload,
  confirm,
}: {
  readonly reload?: object | undefined;
  readonly confirm?: object | undefined;
}): readonly Permission[] {
  const of = (block: object | undefined, verb: string): Permission[] => {
    if (block === undefined || !('rollout' in block)) return [];
    // The schema has parsed it.
    const workload = block.rollout as Workload;
    const { namespace, name } = workload;
    return [{ resource: resourceOf(workload), namespace, verbs: [verb], names: [name] }];
  };
  return [...of(reload, 'patch'), ...of(confirm, 'get')];
}
