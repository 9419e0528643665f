import type { Clock } from '../../ports.js';

/** Milliseconds. */
export interface LivenessTiming {
  /** From opening a watch to the server's word that it stands. */
  readonly created: number;
  /** Silence after which the server is asked for a sign of life, and asked again. */
  readonly ask: number;
  /** Silence that counts as death. */
  readonly silence: number;
}

export interface Liveness {
  /** The server said something. */
  heard(): void;
  /** The watch stands: from now on silence counts, not the time since the opening. */
  created(): void;
}

/** Enough for messages that already lie in the socket to be read, when this process itself was held up. */
const grace = 50;

/** Proves that a watch is alive, by asking; says once, by `dead`, when it is not. Runs until the signal aborts. */
export function watchOver(
  timing: LivenessTiming,
  { clock, ask, dead }: { clock: Clock; ask: () => void; dead: (why: string) => void },
  signal: AbortSignal,
): Liveness {
  let stands = false;
  let heardAt = clock.now();
  let askedAt = heardAt;

  const ended = (): boolean => signal.aborted;

  async function run(): Promise<void> {
    for (;;) {
      if (ended()) return;
      const limit = stands ? timing.silence : timing.created;
      const now = clock.now();
      if (now >= heardAt + limit) {
        const before = heardAt;
        await clock.sleep(grace, signal);
        if (heardAt === before && !ended()) {
          dead(stands ? `was silent for ${limit} ms` : `did not confirm the watch within ${limit} ms`);
          return;
        }
        continue;
      }
      const due = Math.max(heardAt, askedAt) + timing.ask;
      if (now >= due) {
        if (stands) ask();
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
      stands = true;
    },
  };
}
