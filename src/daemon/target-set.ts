import { identifyTarget } from '../build/identity.js';
import type { Prepared } from '../build/prepare.js';
import { createManagedTarget } from '../build/targets.js';
import type { TargetConfig } from '../config/schema.js';
import type { ManagedTarget } from '../controller/managed-target.js';
import type { Etcd } from '../etcd/client.js';
import type { EtcdBlock } from '../etcd/schema.js';
import type { ClusterAccess } from '../kubernetes/access.js';
import type { TargetMeasures } from '../model/measures.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Leader } from '../ports/leader.js';
import type { Runtime } from '../ports/runtime.js';
import type { Guards } from './guards.js';
import type { Store } from '../state/store.js';
import type { OnStep } from '../targets/transaction.js';

/** A target of a config, with the facts that decide whether the next config leaves it unchanged. */
export interface BuiltTarget {
  readonly managed: ManagedTarget;
  /** `identifyTarget` of the config that made it. */
  readonly identity: string;
  /** The main connection, if the target writes to it. */
  readonly main: Etcd | undefined;
  /** The connections of the target's own etcd blocks. */
  readonly others: ReadonlySet<Etcd>;
}

/** The targets of one config, by name, in its order. A changed config or template replaces the set. */
export type TargetSet = ReadonlyMap<string, BuiltTarget>;

export interface TargetSetDeps {
  readonly store: Pick<Store, 'journal' | 'scratch' | 'originals' | 'withheld'>;
  readonly guards: Guards;
  /** What is counted about a target, over edits of the config. */
  readonly measuresOf: (target: string) => TargetMeasures;
  /** The last good snapshot of an earlier process. */
  readonly lastGood: () => Snapshot | undefined;
  readonly runtime: Runtime;
  readonly main: Etcd;
  /** The connection that a target's own block describes. */
  readonly connect: (block: EtcdBlock) => Etcd;
  /** The part of this process in the election of the config. */
  readonly leader: Leader;
  /** The cluster of the config. */
  readonly cluster: ClusterAccess;
  readonly onStep?: OnStep | undefined;
}

/** The targets of `before` that the config leaves unchanged: the same block, the same templates, the same connections. */
export function findUnchanged(
  prepared: Prepared,
  before: TargetSet,
  { runtime, main }: Pick<TargetSetDeps, 'runtime' | 'main'>,
): TargetSet {
  const kept = new Map<string, BuiltTarget>();
  for (const target of prepared.loaded.config.targets) {
    const built = before.get(target.name);
    const isSame = built?.identity === identifyTarget(prepared, target, runtime.env);
    if (built && isSame && (built.main ?? main) === main) kept.set(target.name, built);
  }
  return kept;
}

/**
 * The targets of a config: those of `kept` unchanged, all others created again.
 *
 * @param before the targets that the process ran until now. It knows itself that they made the outputs in their journals
 * @throws RollcallError when a journal cannot be read, or the settings of a connection are invalid
 */
export async function buildTargets(
  prepared: Prepared,
  kept: TargetSet,
  before: TargetSet,
  deps: TargetSetDeps,
): Promise<TargetSet> {
  const built: [string, BuiltTarget][] = [];
  for (const config of prepared.loaded.config.targets) {
    const { name } = config;
    const old = before.get(name)?.managed.journal.record.owned;
    built.push([name, kept.get(name) ?? (await buildTarget(prepared, config, old, deps))]);
  }
  return new Map(built);
}

async function buildTarget(
  prepared: Prepared,
  config: TargetConfig,
  vouched: readonly string[] | undefined,
  { store, guards, measuresOf, lastGood, runtime, main, connect, cluster, leader, onStep }: TargetSetDeps,
): Promise<BuiltTarget> {
  const others = new Set<Etcd>();
  const used: { main?: Etcd } = {};
  const managed = await createManagedTarget({
    prepared,
    config,
    store,
    guard: guards.of(config.name),
    measures: measuresOf(config.name),
    lastGood,
    runtime,
    cluster,
    vouched,
    leader,
    onStep,
    connect(block) {
      if (!block) {
        used.main = main;
        return main;
      }
      const etcd = connect(block);
      others.add(etcd);
      return etcd;
    },
  });
  return {
    managed,
    identity: identifyTarget(prepared, config, runtime.env),
    main: used.main,
    others,
  };
}
