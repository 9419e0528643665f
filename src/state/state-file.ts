import { messageOf } from '../model/errors.js';
import type { Log } from '../ports/runtime.js';
import type { StateDirectory } from './state-directory.js';
import { wrapInEnvelope, wrapPartsInEnvelope, openEnvelope, type EnvelopeKind } from './envelope.js';

/** One state file with a checksum, and the types of its contents when it is read and when it is written. */
export interface StateFile<T, W = T> {
  /**
   * Undefined when there is no file, or when it cannot be trusted. Such a file is renamed, with a warning, and never deleted.
   */
  load(): T | undefined;
  /** Durable when it resolves. @throws RollcallError `STATE_UNWRITABLE`. */
  save(value: W): Promise<void>;
  /** Durable when it resolves. @throws RollcallError `STATE_UNWRITABLE`. */
  remove(): Promise<void>;
}

export interface StateFileOptions<T, W = T> extends EnvelopeKind {
  readonly directory: StateDirectory;
  readonly name: string;
  readonly log: Log;
  /** Makes the value from the file's JSON. Throws when the JSON has the wrong shape. */
  readonly revive: (body: unknown) => T;
  /** The value's JSON in parts, without line breaks. Default: `JSON.stringify` of the whole value. */
  readonly parts?: (value: W) => Iterable<string>;
  /** The consequence of a lost file, for the warning. */
  readonly loss: string;
}

export function createStateFile<T, W = T>(options: StateFileOptions<T, W>): StateFile<T, W> {
  const { directory, name, log, revive, parts, loss } = options;

  function setAside(problem: string): void {
    const kept = directory.setAside(name);
    log.warn({ file: kept }, `${directory.path}/${name} is not used: ${problem}. It is kept as ${kept}; ${loss}`);
  }

  return {
    load() {
      const found = directory.read(name);
      if (found === undefined) return undefined;
      const opened = 'text' in found ? openEnvelope(options, found.text) : found;
      if ('problem' in opened) {
        setAside(opened.problem);
        return undefined;
      }
      try {
        return revive(opened.body);
      } catch (error) {
        setAside(`its contents have an unexpected shape (${messageOf(error)})`);
        return undefined;
      }
    },
    save: (value) =>
      directory.write(name, parts ? wrapPartsInEnvelope(options, parts(value)) : wrapInEnvelope(options, value)),
    remove: () => directory.remove(name),
  };
}
