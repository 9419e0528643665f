import { identifySource } from '../build/identity.js';
import { otherConnection } from '../build/connection.js';
import type { Prepared } from '../build/prepare.js';
import type { Etcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import type { ClusterAccess } from '../kubernetes/access.js';
import type { Runtime } from '../ports/runtime.js';
import type { Store } from '../state/store.js';
import type { ClusterPool } from './clusters.js';
import type { ConnectionPool } from './connections.js';
import type { ManagerOptions } from './manager-api.js';
import type { ProcessElection } from './process-election.js';
import { createRunningSource, type RunningSource, type RunningSourceReports } from './running-source.js';
import { buildTargets, type TargetSet, type TargetSetDeps } from './target-set.js';

/** The running parts of one config. */
export interface Generation {
  readonly prepared: Prepared;
  readonly main: Etcd;
  readonly sources: readonly RunningSource[];
  readonly targets: TargetSet;
}

/** Makes the parts of generations from what lives as long as the process. */
export interface GenerationFactory {
  /** The main connection of a config. */
  openMain(prepared: Prepared): Etcd;
  clusterOf(prepared: Prepared): ClusterAccess;
  /** @param before sources that are kept if they are the same over the same connection */
  createSources(prepared: Prepared, main: Etcd, before: readonly RunningSource[]): readonly RunningSource[];
  /** As `buildTargets`. */
  createTargets(prepared: Prepared, main: Etcd, kept: TargetSet, before: TargetSet): Promise<TargetSet>;
  /** Closes the connections that neither this generation nor the election uses. */
  closeUnused(generation: Generation): Promise<void>;
}

export interface GenerationFactoryDeps extends Pick<TargetSetDeps, 'guards' | 'measuresOf' | 'lastGood'> {
  readonly store: Store;
  readonly connections: ConnectionPool;
  readonly clusters: ClusterPool;
  readonly election: ProcessElection;
  readonly runtime: Runtime;
  readonly reports: RunningSourceReports;
  readonly onStep: ManagerOptions['onStep'];
}

export function createGenerationFactory(deps: GenerationFactoryDeps): GenerationFactory {
  const { store, guards, measuresOf, lastGood, connections, clusters, election, runtime, reports, onStep } = deps;
  const { env } = runtime;
  const clusterOf = ({ loaded }: Prepared): ClusterAccess => clusters.open(loaded.config.kubernetes);
  return {
    openMain: ({ loaded: { config } }) => connections.open(connectionFrom(config.etcd, env)),
    clusterOf,
    createSources: ({ loaded: { config } }, main, before) =>
      config.sources.map((source) => {
        const same = before.find(({ etcd, identity }) => etcd === main && identity === identifySource(source));
        return same ?? createRunningSource(source, main, store.decisions, runtime, reports);
      }),
    createTargets: (prepared, main, kept, before) =>
      buildTargets(prepared, kept, before, {
        ...{ store, guards, measuresOf, lastGood, runtime, main, leader: election, onStep },
        cluster: clusterOf(prepared),
        connect: (block) => connections.open(otherConnection(block, env)),
      }),
    async closeUnused({ prepared, main, targets }) {
      clusters.keep(clusterOf(prepared));
      const others = [...targets.values()].flatMap((built) => [...built.others]);
      await connections.keep(new Set([main, ...election.connections(), ...others]));
    },
  };
}
