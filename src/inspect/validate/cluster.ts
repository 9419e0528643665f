import { electionOf } from '../../build/cluster-wide.js';
import { permissionsOfTarget } from '../../build/permissions.js';
import type { LoadedConfig } from '../../config/load.js';
import type { ConfigPath, ConfigProblem } from '../../config/problem.js';
import { permissionsOfElection } from '../../election/permissions.js';
import { openCluster } from '../../kubernetes/access.js';
import type { Kubernetes } from '../../kubernetes/client.js';
import type { Permission } from '../../kubernetes/permission.js';
import { resources } from '../../kubernetes/resources.js';
import { withDeadline } from '../../model/deadline.js';
import { RollcallError } from '../../model/errors.js';
import type { Runtime } from '../../ports/runtime.js';
import { makeRules } from '../rbac/rules.js';

/** A problem with the cluster. `code`: 1 when a target would fail, 0 for a warning. */
export interface ClusterProblem extends ConfigProblem {
  readonly code: 0 | 1;
}

/** Permissions, and what needs them. */
interface Use {
  readonly at: ConfigPath;
  readonly permissions: readonly Permission[];
  readonly code: 0 | 1;
}

const hint = '`rollcall rbac` prints a Role that grants what this config needs.';

/**
 * Asks the API server of the config whether rollcall may do what its targets, their reloads and the election do. A config that needs no cluster
 * asks nothing.
 *
 * @param timeout milliseconds for all questions
 */
export async function checkCluster(loaded: LoadedConfig, runtime: Runtime, timeout: number): Promise<ClusterProblem[]> {
  const { config, locate } = loaded;
  const uses = usesOf(loaded);
  if (uses.length === 0) return [];
  const cluster = openCluster(config.kubernetes, runtime);
  try {
    return await withDeadline({ timeout, clock: runtime.clock }, async (signal) => {
      const kube = await cluster.connect();
      const namespace = config.kubernetes.namespace ?? (await kube.namespace());
      const problems: ClusterProblem[] = [];
      for (const { at, permissions, code } of uses)
        for (const refused of await findRefused(kube, permissions, namespace, signal))
          problems.push({ ...locate(at, refused, hint), code });
      return problems;
    });
  } catch (error) {
    const known =
      error instanceof RollcallError
        ? error
        : new RollcallError('KUBE_UNREACHABLE', `the API server did not answer within ${timeout} ms`, { cause: error });
    return [{ ...locate(['kubernetes'], known.message, known.hint), code: 1 }];
  } finally {
    cluster.close();
  }
}

function usesOf({ config, kinds }: LoadedConfig): Use[] {
  const uses = config.targets.map((target, index): Use => ({
    at: ['targets', index],
    permissions: permissionsOfTarget(kinds, target, false),
    code: 1,
  }));
  const told = config.targets.flatMap((target) =>
    permissionsOfTarget(kinds, target, config.kubernetes.events).filter(
      ({ resource }) => resource.plural === resources.event.plural,
    ),
  );
  const election = config.targets
    .map((target) => electionOf(config, kinds, target))
    .find((found) => found !== undefined);
  return [
    ...uses,
    { at: ['election'] as const, permissions: election ? permissionsOfElection(election) : [], code: 1 as const },
    // Without this right, targets are written all the same.
    { at: ['kubernetes'] as const, permissions: told, code: 0 as const },
  ].filter(({ permissions }) => permissions.length > 0);
}

/** One sentence for each verb and object that the API server would refuse. */
async function findRefused(
  kube: Pick<Kubernetes, 'allows'>,
  permissions: readonly Permission[],
  namespace: string,
  signal: AbortSignal,
): Promise<string[]> {
  const questions = makeRules(permissions, namespace).flatMap(({ namespace: where, rules }) =>
    rules.flatMap(({ apiGroups: [group = ''], resources: [plural = ''], resourceNames = [undefined], verbs }) =>
      resourceNames.flatMap((name) => verbs.map((verb) => ({ verb, group, plural, namespace: where, name }))),
    ),
  );
  const refused: string[] = [];
  for (const question of questions) {
    if (await kube.allows(question, signal)) continue;
    const { verb, plural, namespace: where, name } = question;
    refused.push(
      `the cluster does not allow rollcall to ${verb} ${plural}${name ? `/${name}` : ''} in namespace ${where}`,
    );
  }
  return refused;
}
