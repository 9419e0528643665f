import { inspect } from 'node:util';

export interface PollOptions {
  /** Milliseconds until it fails. Default 10,000. */
  readonly deadline?: number | undefined;
  /** Milliseconds between two calls of the probe. Default 10. */
  readonly every?: number | undefined;
  /** The expected condition, for the message. */
  readonly what?: string;
}

type Truthy<T> = Exclude<T, false | 0 | '' | null | undefined>;

/**
 * Calls the probe until it returns a truthy value, and returns that value. A probe that throws is called again.
 * Uses the real clock at call time of the module, so that fake timers do not stop it.
 *
 * @throws Error with the last value or error after the deadline.
 */
export async function until<T>(probe: () => T | Promise<T>, options: PollOptions = {}): Promise<Truthy<T>> {
  const { deadline = 10_000, every = 10, what = 'the condition' } = options;
  const end = now() + deadline;
  for (;;) {
    let last: string;
    let cause: unknown;
    try {
      const value = await probe();
      if (value) return value as Truthy<T>;
      last = `last value ${inspect(value, { depth: 3, breakLength: 120 })}`;
    } catch (error) {
      cause = error;
      last = `last error ${error instanceof Error ? error.message : String(error)}`;
    }
    if (now() >= end) throw new Error(`${what} did not come true within ${deadline} ms: ${last}`, { cause });
    await pause(every);
  }
}

const realTimeout = setTimeout;
const now = performance.now.bind(performance);

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    realTimeout(resolve, ms);
  });
}
