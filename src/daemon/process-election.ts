import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { otherConnection } from '../build/connection.js';
import { electionOf } from '../build/cluster-wide.js';
import type { Prepared } from '../build/prepare.js';
import type { Election, ElectionChange } from '../election/election.js';
import type { ElectionBlock } from '../election/schema.js';
import type { Etcd } from '../etcd/client.js';
import type { ElectionStatus } from '../model/status.js';
import { whenAborted } from '../model/when-aborted.js';
import type { Leader, Runtime } from '../ports.js';
import type { ConnectionPool } from './connections.js';

/** The part that this process takes in an election, over edits of the config that leave the election as it is. */
export interface ProcessElection extends Leader {
  /**
   * Takes part in the election of this config from now on, if one of its targets needs it. An election that is not the same any more is left, and its
   * lease released, before this resolves: no pass of a cluster-wide target may run meanwhile.
   */
  use(prepared: Prepared, main: Etcd): Promise<void>;
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
  readonly leave: AbortController;
  ended: Promise<void> | undefined;
}

export function createProcessElection({ connections, runtime, onChange }: ProcessElectionDeps): ProcessElection {
  const holder = `${hostname()}_${randomUUID()}`;
  let running: Running | undefined;
  let signal: AbortSignal | undefined;

  async function create(block: ElectionBlock, main: Etcd, identity: string): Promise<Running> {
    const [{ createElection }, { createEtcdStore }] = await Promise.all([
      import('../election/election.js'),
      import('../election/etcd-store.js'),
    ]);
    const { leaseDuration } = block;
    const { prefix = '', etcd: own } = block.etcd ?? {};
    const etcd = own ? connections.open(otherConnection(own, runtime.env)) : main;
    const store = createEtcdStore({ etcd, prefix, identity: holder, leaseDuration });
    const election = createElection({ ...runtime, store, identity: holder, timing: block, onChange });
    return { identity, etcd: [etcd], election, leave: new AbortController(), ended: undefined };
  }

  function start(started: Running): void {
    if (signal) started.ended = started.election.run(AbortSignal.any([signal, started.leave.signal]));
  }

  return {
    async use({ loaded: { config, kinds } }, main) {
      const block = config.targets.map((target) => electionOf(config, kinds, target)).find((found) => found);
      const identity = JSON.stringify(block ?? null);
      const isSame = running?.identity === identity && (block?.etcd?.etcd !== undefined || running.etcd.includes(main));
      if (isSame) return;
      const before = running;
      running = undefined;
      before?.leave.abort();
      await before?.ended;
      if (!block) return;
      running = await create(block, main, identity);
      start(running);
    },
    current: () => running?.election.current(),
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
