import type { Rejection } from '../model/format.js';
import type { Instance } from '../model/instance.js';
import type { Measures } from '../model/measures.js';
import type { ProcessStatus, TargetDetail } from '../model/status.js';
import type { ProcessEvent } from '../model/process-event.js';

/** An instance as it was last read. */
export interface ListedInstance {
  readonly instance: Instance;
  /** The source is secret: only the name, the id, the key and the endpoint may be shown. */
  readonly secret: boolean;
}

/** The events of a process. It keeps a bounded number of them. */
export interface EventFeed {
  /**
   * The kept events after the one with this id, the oldest first. Undefined: that event is not kept, so some may be missing. Without an id:
   * all kept events.
   */
  after(id?: string): readonly ProcessEvent[] | undefined;
  /** Calls `listener` with every event from now on, until the result is called. The listener must not throw. */
  subscribe(listener: (event: ProcessEvent) => void): () => void;
}

/** What a running process tells about itself. Everything is computed when it is asked for. */
export interface StatusReader {
  status(): ProcessStatus;
  /** Undefined: there is no such target. */
  target(name: string): Promise<TargetDetail | undefined>;
  /** The instances of each service of each source, in the order of the config and then by name, from after this place on. */
  services(after?: { readonly source: string; readonly service: string }): Iterable<readonly ListedInstance[]>;
  /** The rejected registrations of all sources, in the order of the config. */
  rejected(): readonly Rejection[];
  /** What was counted since the start. */
  measures(): Measures;
  readonly events: EventFeed;
}

/** What an operator can ask of a running process. */
export interface Operations {
  /**
   * Lets go of what the guard of a target holds now, of one of its services or of all. Without a service, outputs that are kept because a
   * list has emptied their view follow it too.
   *
   * @returns the number of holds that end. Undefined: there is no such target.
   * @throws RollcallError `STATE_UNWRITABLE`: the holds end all the same, but a restart would not know it
   */
  release(target: string, service?: string): Promise<number | undefined>;
  /** Looks at all outputs again, at once, and retries what failed or was refused. False: there is no such target. */
  resync(target: string): boolean;
}
