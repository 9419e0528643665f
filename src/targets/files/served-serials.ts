import { latestSerial } from '../../dns/serial.js';

/** What is known of the serials of zones beside those in the files. */
export interface ServedSerials {
  /**
   * The serial that the next one of this file must be after.
   *
   * @param found the serial in the file; undefined when it has none
   * @returns undefined when nothing but the file is known
   */
  after(path: string, found: number | undefined, signal: AbortSignal): Promise<number | undefined>;
  /** A file was written with this serial. */
  wrote(path: string, serial: number): void;
}

/**
 * Remembers the serials that this process wrote, and asks the server only when a file has another one: at its first change, and after
 * the file was lost, restored or written by another program. So a change right after another one costs no question.
 *
 * @param ask resolves to undefined when the server does not know
 */
export function createServedSerials(
  ask: (path: string, found: number | undefined, signal: AbortSignal) => Promise<number | undefined>,
): ServedSerials {
  const written = new Map<string, number>();
  return {
    async after(path, found, signal) {
      const last = written.get(path);
      if (last !== undefined && last === found) return last;
      return latestSerial(last, await ask(path, found, signal));
    },
    wrote(path, serial) {
      written.set(path, serial);
    },
  };
}
