import { ageOf, readExecutable, readStat, readStatus } from './proc.js';

/** How a process handles one signal. */
export interface SignalHandling {
  /** It has a handler. */
  readonly catches: boolean;
  /** It ignores the signal. */
  readonly ignores: boolean;
  /** It holds the signal back (blocks it): to read it itself (signalfd, sigwait), or until it has started. */
  readonly holds: boolean;
  /** The signal was sent and is still held back. */
  readonly pending: boolean;
}

/** Facts about a process that must be known before a signal is sent to it. */
export interface ProcessFacts {
  /** Its name, at most 15 bytes. */
  readonly comm: string;
  /** The file name of its program; '' when this user may not read it. */
  readonly executable: string;
  /** Milliseconds since it started. */
  readonly age: number;
  /** Effective user id. */
  readonly uid: number;
  /** It is dead, and its parent has yet to reap it. */
  readonly zombie: boolean;
  /** @param signal its number. */
  handlingOf(signal: number): SignalHandling;
}

/**
 * @returns undefined when there is no such process.
 * @throws the file system's error when the process exists and may not be read.
 */
export function readProcessFacts(pid: number): ProcessFacts | undefined {
  try {
    const stat = readStat(pid);
    const { uid, caught, ignored, blocked, pending } = readStatus(pid);
    const has = (mask: bigint, signal: number): boolean => ((mask >> BigInt(signal - 1)) & 1n) === 1n;
    return {
      comm: stat.comm,
      executable: readExecutable(pid),
      age: ageOf(stat),
      uid,
      zombie: stat.zombie,
      handlingOf: (signal) => ({
        catches: has(caught, signal),
        ignores: has(ignored, signal),
        holds: has(blocked, signal),
        pending: has(pending, signal),
      }),
    };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
