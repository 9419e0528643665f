import type { Clock, Log } from '../ports.js';

/** What one probe found. `why` is one clause for people, to follow the check's name: `answered 503`. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly why: string;
}

/** What checks need of the process. */
export interface CheckDeps {
  readonly clock: Clock;
  /** Learns of every probe, at `debug`, what a command prints among it. */
  readonly log: Log;
  /** The process's own environment: a command gets it without the credentials of etcd. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What `ask` comes to within `timeout` milliseconds, or a failure that says so. The signal that it gets aborts at the
 * timeout, and with `signal`.
 *
 * @param failed the outcome of an error that `ask` rejects with before the timeout.
 * @throws the reason of `signal` when that is aborted.
 */
export async function within(
  timeout: number,
  clock: Clock,
  signal: AbortSignal,
  ask: (late: AbortSignal) => Promise<ProbeResult>,
  failed: (error: unknown) => ProbeResult,
): Promise<ProbeResult> {
  signal.throwIfAborted();
  const late = new AbortController();
  const done = new AbortController();
  const stop = (): void => {
    late.abort();
  };
  signal.addEventListener('abort', stop, { once: true });
  void clock.sleep(timeout, done.signal).then(stop);
  try {
    return await ask(late.signal);
  } catch (error) {
    signal.throwIfAborted();
    return late.signal.aborted ? { ok: false, why: `did not answer within ${timeout} ms` } : failed(error);
  } finally {
    done.abort();
    signal.removeEventListener('abort', stop);
  }
}
