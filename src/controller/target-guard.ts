import type { GuardedView } from '../guard/compose.js';
import type { Guard } from '../guard/guard.js';
import type { GuardPolicy } from '../guard/policy.js';
import type { Instance } from '../model/instance.js';
import type { Snapshot } from '../model/snapshot.js';
import type { TargetRecord } from '../ports/journal.js';
import type { Leadership } from '../ports/leader.js';

/** The guard of one target, as the config is now. */
export interface TargetGuard {
  /** Undefined: the target has no guard. */
  readonly policy: GuardPolicy | undefined;
  readonly memory: GuardMemory;
  /** Whether the `select` of the target, and that of the instance's source, take this instance. */
  readonly selects: (instance: Instance) => boolean;
  /** The selection from the last good snapshot of an earlier process. Undefined: there is none. */
  readonly lastKnown: () => GuardedView | undefined;
}

/** What the guard of a target remembers. It stays the same over edits of the config; its holds are on disk too. */
export interface GuardMemory extends Pick<Guard, 'judge' | 'settle' | 'release'> {
  /** Puts the holds on disk, as they are now. Durable when it resolves. @throws RollcallError `STATE_UNWRITABLE` */
  save(): Promise<void>;
  /**
   * Takes up what the leader before this one has held. Of a cluster-wide target, `save` then also puts the holds where the next leader finds them.
   *
   * @returns the last `shareContent` of a leader; undefined when there was none
   * @throws RollcallError when that cannot be read
   */
  lead?(leadership: Leadership): Promise<TargetRecord['content'] | undefined>;
  /**
   * Tells the next leader whether the outputs have content, so that it does not empty them because of an empty list, although it has no journal of
   * them. Writes only what has changed, and nothing unless this process leads.
   *
   * @throws as `SharedTexts.write`
   */
  shareContent?(content: TargetRecord['content']): Promise<void>;
}

/** The pairs of the target's raw sources. */
export function rawOf(snapshot: Snapshot, sources: readonly string[]): GuardedView['raw'] {
  return snapshot.sources.filter(({ source, format }) => format === 'raw' && sources.includes(source));
}
