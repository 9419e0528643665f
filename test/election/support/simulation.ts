import { createElection, type Election } from '../../../src/election/election.js';
import type { LeaseRecord, LeaseStore } from '../../../src/election/lease-store.js';
import type { ElectionTiming } from '../../../src/election/timing.js';
import type { Clock } from '../../../src/ports/runtime.js';
import { memoryLog } from '../../support/log.js';

interface Task {
  readonly at: number;
  readonly run: () => void;
}

/** One time for a whole world. Tasks run in the order of their times; each one is followed by everything that it has made possible. */
export interface World {
  readonly now: number;
  at(time: number, run: () => void): void;
  /** @param observe called after each task */
  run(until: number, observe: () => void): Promise<void>;
}

/** Far more than the few processes of a world have to do at one time. */
const mostAtOneTime = 10_000;

export function createWorld(): World {
  const tasks: Task[] = [];
  let now = 0;
  return {
    get now() {
      return now;
    },
    at(time, run) {
      const task = { at: Math.max(now, time), run };
      // Tasks of one time stay in the order in which they came.
      const before = tasks.findLastIndex(({ at }) => at <= task.at);
      tasks.splice(before + 1, 0, task);
    },
    async run(until, observe) {
      let atOneTime = 0;
      for (let next = tasks[0]; next && next.at <= until; next = tasks[0]) {
        tasks.shift();
        atOneTime = next.at > now ? 0 : atOneTime + 1;
        if (atOneTime > mostAtOneTime) throw new Error(`the time of the simulated world stands still at ${now} ms`);
        now = next.at;
        next.run();
        await new Promise(setImmediate);
        observe();
      }
      now = until;
    },
  };
}

/** Times in milliseconds of the world. */
export interface Fault {
  readonly process: number;
  readonly from: number;
  readonly length: number;
  /** `stopped`: nothing of the process runs. `cut`: no request arrives. `lost`: requests arrive, answers do not. `killed`: it never runs again. */
  readonly kind: 'stopped' | 'cut' | 'lost' | 'killed';
}

export interface ProcessOptions {
  /** How many milliseconds its clock counts in one millisecond of the world. */
  readonly rate: number;
  readonly offset: number;
  /** Milliseconds of the world for one way of a request, one after the other, again and again. */
  readonly delays: readonly number[];
}

export interface SimulatedProcess {
  readonly election: Election;
  readonly identity: string;
  /** Whether its code runs at this moment of the world: a stopped process cannot write. */
  readonly isRunning: () => boolean;
  stop(): void;
}

export interface SharedRecord {
  record: LeaseRecord | undefined;
  version: number;
  epoch: number;
  /** Time of the world at which the store removes the record; Infinity when it does not. */
  expiresAt: number;
}

export const newRecord = (): SharedRecord => ({ record: undefined, version: 0, epoch: 0, expiresAt: Infinity });

/**
 * A process of a simulated world, with the real election and a store that is reached with delays and faults.
 *
 * @param storeExpires the store itself removes a record that is not renewed, as etcd does
 */
export function startProcess(
  world: World,
  shared: SharedRecord,
  index: number,
  { rate, offset, delays }: ProcessOptions,
  faults: readonly Fault[],
  timing: ElectionTiming,
  storeExpires: boolean,
): SimulatedProcess {
  const own = faults.filter(({ process }) => process === index);
  const active = (kind: Fault['kind']): Fault | undefined =>
    own.find(
      (fault) =>
        fault.kind === kind && fault.from <= world.now && (kind === 'killed' || world.now < fault.from + fault.length),
    );
  /** Runs when the process does: everything that arrives while it is stopped waits for its end. */
  const whenRunning = (run: () => void): void => {
    if (active('killed')) return;
    const stopped = active('stopped');
    if (stopped)
      world.at(stopped.from + stopped.length, () => {
        whenRunning(run);
      });
    else run();
  };
  const clock: Clock = {
    now: () => offset + rate * world.now,
    wall: () => 1e12 + offset * 1000 + rate * world.now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const done = (): void => {
          signal?.removeEventListener('abort', done);
          resolve();
        };
        signal?.addEventListener('abort', done, { once: true });
        // Like a timer of Node.js, a sleep takes at least one millisecond. A shorter one than the precision of `now` would end when it began.
        world.at(world.now + Math.max(1, ms) / rate, () => {
          whenRunning(done);
        });
      }),
  };
  let calls = 0;
  const delay = (): number => delays[calls++ % delays.length] ?? 1;

  function call<T>(work: () => T, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        reject(new Error('no answer'));
      };
      signal.addEventListener('abort', fail, { once: true });
      const [there, back] = [delay(), delay()];
      if (active('cut')) return;
      world.at(world.now + there, () => {
        if (shared.expiresAt <= world.now) shared.record = undefined;
        const result = work();
        if (active('lost') ?? active('cut')) return;
        world.at(world.now + back, () => {
          whenRunning(() => {
            resolve(result);
          });
        });
      });
    });
  }

  const identity = `p${index}`;
  const write = (holder: string, isNew: boolean): LeaseRecord => {
    if (isNew) shared.epoch += 1;
    shared.version += 1;
    shared.record = {
      ...{ version: String(shared.version), holder, epoch: String(shared.epoch) },
      duration: storeExpires ? Infinity : timing.leaseDuration,
    };
    shared.expiresAt = storeExpires ? world.now + timing.leaseDuration : Infinity;
    return shared.record;
  };
  const isPresent = (seen: LeaseRecord | undefined): boolean => shared.record?.version === seen?.version;
  const store: LeaseStore = {
    describe: 'the simulated lease',
    read: (signal) => call(() => shared.record, signal),
    take: (seen, signal) => call(() => (isPresent(seen) ? write(identity, true) : undefined), signal),
    renew: (mine, signal) => call(() => (isPresent(mine) ? write(identity, false) : undefined), signal),
    release: (mine, signal) =>
      call(() => {
        const isOwn = isPresent(mine);
        if (isOwn) write('', false);
        return isOwn;
      }, signal),
  };
  let seed = index + 1;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const election = createElection({
    ...{ store, identity, timing, clock, random, log: memoryLog() },
    onChange: () => undefined,
  });
  const ended = new AbortController();
  void election.run(ended.signal);
  return {
    election,
    identity,
    isRunning: () => !active('stopped') && !active('killed'),
    stop: () => {
      ended.abort();
    },
  };
}
