import type { ProcessStatus } from '../../src/model/status.js';
import { askAdmin } from '../support/admin.js';
import { readServiceSet } from './service-set.js';
import type { World } from './world.js';

/** What an observer reads. */
export type Observed = Pick<World, 'etcd' | 'socket' | 'read' | 'expected'>;

/** What the running process said of itself, compared with the files and with etcd. */
export interface Observer {
  /** How often it said that it is in step while that could be compared. */
  readonly compared: number;
  /** Each time when it said so and was not. */
  readonly lies: readonly string[];
  /**
   * Compares nothing until `act` has resolved: somebody changes the outputs, and the process cannot know it yet. `act` waits until the
   * process has noticed.
   */
  pause<T>(act: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** The status by the socket in stateDir, or undefined when no process answers. */
export async function askStatus(socketPath: string): Promise<ProcessStatus | undefined> {
  const answer = await askAdmin({ socketPath, path: '/api/status' }).catch(() => undefined);
  return answer?.json as ProcessStatus | undefined;
}

/** The value of `rollcall_target_in_step` in `/metrics`, or undefined when no process answers. */
export async function scrapeInStep(socketPath: string): Promise<string | undefined> {
  const answer = await askAdmin({ socketPath, path: '/metrics' }).catch(() => undefined);
  return /^rollcall_target_in_step\{.*\} (\S+)$/m.exec(answer?.text ?? '')?.[1];
}

/** What the process says of itself in its three ways. Undefined where no process answers. */
export async function askAll(socketPath: string): Promise<object> {
  const [status, ready, metric] = await Promise.all([
    askStatus(socketPath),
    askReady(socketPath),
    scrapeInStep(socketPath),
  ]);
  return { inStep: status?.inStep, ready, metric };
}

/** The answers of `askAll` when all is well. */
export const allWell = { inStep: true, ready: 200, metric: '1' };

/** The status code of `/readyz`, or undefined when no process answers. */
export async function askReady(socketPath: string): Promise<number | undefined> {
  return (await askAdmin({ socketPath, path: '/readyz' }).catch(() => undefined))?.status;
}

/**
 * Asks the running process again and again whether it is in step. If it says so twice, at one revision and without a change in between, the
 * outputs that were read between the two answers must be those of etcd at that revision.
 */
export function observe(world: Observed): Observer {
  const stopping = new AbortController();
  const lies: string[] = [];
  let compared = 0;
  let looked: Promise<void> = Promise.resolve();
  let paused = 0;

  /** What the process says when it is in step with everything, as one text. Undefined: it is not, or keeps something out. */
  async function claim(): Promise<{ readonly text: string; readonly revision: string } | undefined> {
    const [target] = (await askStatus(world.socket))?.targets ?? [];
    if (!target?.inStep || target.withheld.length > 0 || target.quarantined > 0) return undefined;
    const revision = target.sources[0]?.applied;
    return revision ? { text: JSON.stringify([revision, target.changedAt]), revision } : undefined;
  }

  async function look(): Promise<void> {
    const before = await claim();
    if (!before) return;
    const outputs = await world.read();
    const after = await claim();
    if (after?.text !== before.text) return;
    const services = await readServiceSet(world.etcd, before.revision).catch(() => undefined);
    if (!services) return;
    compared += 1;
    const expected = world.expected(services);
    const wrong = [...new Set([...expected.keys(), ...outputs.keys()])].filter(
      (path) => expected.get(path) !== outputs.get(path),
    );
    if (wrong.length > 0) lies.push(`in step at revision ${before.revision}, but not: ${wrong.join(', ')}`);
  }

  const looking = (async () => {
    while (!stopping.signal.aborted) {
      looked = paused > 0 ? Promise.resolve() : look().catch(() => undefined);
      await looked;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    get compared() {
      return compared;
    },
    lies,
    async pause(act) {
      paused += 1;
      try {
        await looked;
        return await act();
      } finally {
        paused -= 1;
      }
    },
    async stop() {
      stopping.abort();
      await looking;
    },
  };
}
