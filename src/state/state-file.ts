import { messageOf } from '../model/errors.js';
import type { Log } from '../ports.js';
import type { StateDirectory } from './state-directory.js';
import { wrapInEnvelope, wrapPartsInEnvelope, openEnvelope, type EnvelopeKind } from './envelope.js';

/** One sealed file and the type of its contents. */
export interface StateFile<T> {
  /**
   * Undefined when there is no file, or when it is not to be trusted: then it is set aside under another name, with a
   * warning, and never deleted.
   */
  load(): T | undefined;
  /** Durable when it resolves. @throws RollcallError `STATE_UNWRITABLE`. */
  save(value: T): Promise<void>;
}

export interface StateFileOptions<T> extends EnvelopeKind {
  readonly directory: StateDirectory;
  readonly name: string;
  readonly log: Log;
  /** From the file's JSON. Throws when it has another shape. */
  readonly revive: (body: unknown) => T;
  /** Its JSON, on one line, in parts that are neither long nor many. Default: all at once. */
  readonly parts?: (value: T) => Iterable<string>;
  /** What follows from the loss, for the warning. */
  readonly loss: string;
}

export function createStateFile<T>(options: StateFileOptions<T>): StateFile<T> {
  const { directory: folder, name, log, revive, parts, loss } = options;

  function setAside(problem: string): void {
    const kept = folder.setAside(name);
    log.warn({ file: kept }, `${folder.path}/${name} is not used: ${problem}. It is kept as ${kept}; ${loss}`);
  }

  return {
    load() {
      const found = folder.read(name);
      if (found === undefined) return undefined;
      const opened = 'text' in found ? openEnvelope(options, found.text) : found;
      if ('problem' in opened) {
        setAside(opened.problem);
        return undefined;
      }
      try {
        return revive(opened.body);
      } catch (error) {
        setAside(`its contents are not what was expected (${messageOf(error)})`);
        return undefined;
      }
    },
    save: (value) =>
      folder.write(name, parts ? wrapPartsInEnvelope(options, parts(value)) : wrapInEnvelope(options, value)),
  };
}
