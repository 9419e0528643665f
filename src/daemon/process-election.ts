import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { otherConnection } from '../build/connection.js';
import { electionOf } from '../build/cluster-wide.js';
import type { Prepared } from '../build/prepare.js';
import type { Election, ElectionChange } from '../election/election.js';
import type { LeaseStore } from '../election/lease-store.js';
import type { ElectionBlock } from '../election/schema.js';
import type { Etcd } from '../etcd/client.js';
import type { ClusterAccess } from '../kubernetes/access.js';
import type { ElectionStatus } from '../model/status.js';
import { whenAborted } from '../model/when-aborted.js';
import type { Leader, SharedTexts } from '../ports/leader.js';
import type { Runtime } from '../ports/runtime.js';
import type { ConnectionPool } from './connections.js';

/** The part that this process takes in an election, over edits of the config that leave the election as it is. */
export interface ProcessElection extends Leader {
  /**
   * Takes part in the election of this config from now on, if one of its targets needs it. An election that is not the same any more is left, and its
   * lease released, before this resolves: no pass of a cluster-wide target may run meanwhile.
   */
  use(prepared: Prepared, main: Etcd, cluster: ClusterAccess): Promise<void>;
  /** What its processes share. Undefined: there is no election. */
  texts(): SharedTexts | undefined;
  /** Null: there is no election. */
  status(): ElectionStatus | null;
  /** The connections that the election uses. */
  connections(): readonly Etcd[];
  /** Nothing is asked before. Resolves when `signal` has aborted and the lease is released. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ProcessElectionDeps {
  readonly connections: Pick<ConnectionPool, 'open'>;
  readonly runtime: Runtime;
  /** Called after each gain and each loss. */
  readonly onChange: (change: ElectionChange) => void;
}

interface Running {
  readonly identity: string;
  readonly etcd: readonly Etcd[];
  readonly election: Election;
  readonly texts: SharedTexts;
  readonly leave: AbortController;
  ended: Promise<void> | undefined;
}

export function createProcessElection({ connections, runtime, onChange }: ProcessElectionDeps): ProcessElection {
  const holder = `${hostname()}_${randomUUID()}`;
  let running: Running | undefined;
  let signal: AbortSignal | undefined;

  async function storeOf(
    { kubernetes, etcd: inEtcd, leaseDuration }: ElectionBlock,
    main: Etcd,
    cluster: ClusterAccess,
  ): Promise<Pick<Running, 'texts' | 'etcd'> & { readonly store: LeaseStore }> {
    const common = { identity: holder, leaseDuration };
    if (kubernetes) {
      const [{ createKubernetesStore }, { createKubernetesTexts }] = await Promise.all([
        import('../election/kubernetes-store.js'),
        import('../election/kubernetes-texts.js'),
      ]);
      const { name, namespace = cluster.namespace } = kubernetes;
      const connect = () => cluster.connect();
      const store = createKubernetesStore({ ...common, connect, name, namespace, clock: runtime.clock });
      return { store, texts: createKubernetesTexts({ connect, name, namespace }), etcd: [] };
    }
    const [{ createEtcdStore }, { createEtcdTexts }] = await Promise.all([
      import('../election/etcd-store.js'),
      import('../election/etcd-texts.js'),
    ]);
    const { prefix = '', etcd: own } = inEtcd ?? {};
    const etcd = own ? connections.open(otherConnection(own, runtime.env)) : main;
    return { store: createEtcdStore({ ...common, etcd, prefix }), texts: createEtcdTexts(etcd, prefix), etcd: [etcd] };
  }

  async function create(block: ElectionBlock, main: Etcd, cluster: ClusterAccess, identity: string): Promise<Running> {
    const { createElection } = await import('../election/election.js');
    const { store, texts, etcd } = await storeOf(block, main, cluster);
    const election = createElection({ ...runtime, store, identity: holder, timing: block, onChange });
    return { identity, etcd, texts, election, leave: new AbortController(), ended: undefined };
  }

  function start(started: Running): void {
    if (signal) started.ended = started.election.run(AbortSignal.any([signal, started.leave.signal]));
  }

  return {
    async use({ loaded: { config, kinds } }, main, cluster) {
      const block = config.targets.map((target) => electionOf(config, kinds, target)).find((found) => found);
      const identity = JSON.stringify([block ?? null, block?.kubernetes ? config.kubernetes : null]);
      const usesMain = block?.etcd !== undefined && block.etcd.etcd === undefined;
      if (running?.identity === identity && (!usesMain || running.etcd.includes(main))) return;
      const before = running;
      running = undefined;
      before?.leave.abort();
      await before?.ended;
      if (!block) return;
      running = await create(block, main, cluster, identity);
      start(running);
    },
    current: () => running?.election.current(),
    texts: () => running?.texts,
    status: () => running?.election.status() ?? null,
    connections: () => running?.etcd ?? [],
    async run(ends) {
      signal = ends;
      if (running) start(running);
      await whenAborted(ends);
      await running?.ended;
    },
  };
}
