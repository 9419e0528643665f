import type { Clock } from '../../ports/runtime.js';

/** Milliseconds. */
export interface LivenessTiming {
  /** From opening a watch until the server must have confirmed it. */
  readonly created: number;
  /** Silence after which the server is asked for progress, and the interval for asking again. */
  readonly ask: number;
  /** Silence after which the watch counts as dead. */
  readonly silence: number;
}

export interface Liveness {
  /** The server sent a message. */
  heard(): void;
  /** The server confirmed the watch: from now on `silence` applies instead of `created`. */
  created(): void;
}

/** Milliseconds. If this process itself was blocked, messages that wait in the socket are read within this time. */
const grace = 50;

/** Checks that a watch is alive by asking for progress, and calls `dead` once when it is not. Runs until the signal aborts. */
export function monitorLiveness(
  timing: LivenessTiming,
  { clock, ask, dead }: { clock: Clock; ask: () => void; dead: (why: string) => void },
  signal: AbortSignal,
): Liveness {
  let confirmed = false;
  let heardAt = clock.now();
  let askedAt = heardAt;

  const ended = (): boolean => signal.aborted;

  async function run(): Promise<void> {
    for (;;) {
      if (ended()) return;
      const limit = confirmed ? timing.silence : timing.created;
      const now = clock.now();
      if (now >= heardAt + limit) {
        const before = heardAt;
        await clock.sleep(grace, signal);
        if (heardAt === before && !ended()) {
          dead(confirmed ? `was silent for ${limit} ms` : `did not confirm the watch within ${limit} ms`);
          return;
        }
        continue;
      }
      const due = Math.max(heardAt, askedAt) + timing.ask;
      if (now >= due) {
        if (confirmed) ask();
        askedAt = now;
        continue;
      }
      await clock.sleep(Math.max(1, Math.min(timing.ask, due - now, heardAt + limit - now)), signal);
    }
  }

  void run();
  return {
    heard() {
      heardAt = clock.now();
    },
    created() {
      confirmed = true;
    },
  };
}
