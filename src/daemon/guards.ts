import * as z from 'zod';
import { createGuardClock } from '../controller/guard-clock.js';
import type { GuardMemory } from '../controller/target-guard.js';
import { createGuard } from '../guard/guard.js';
import { reviveGuardState, type GuardState } from '../guard/state.js';
import type { TargetRecord } from '../ports/journal.js';
import type { Leader, SharedTexts } from '../ports/leader.js';
import type { Clock } from '../ports/runtime.js';
import { createSerialQueue } from '../state/serial-queue.js';
import type { Store } from '../state/store.js';

/** The guards of all targets. They live as long as the process, over edits of the config that keep the target. */
export interface Guards {
  /** The same object for the same target. Reads its holds from disk at the first call. */
  of(target: string): GuardMemory;
  /** Forgets the target. The next call of `of` reads its holds from disk again. */
  forget(target: string): void;
  /**
   * The guards whose holds have all ended, but whose files must outlive the last good snapshot: call the result when a snapshot that is as new as
   * now is on disk. It removes these files. A file that cannot be removed is tried again the next time.
   */
  finished(): () => Promise<void>;
}

export interface GuardsOptions {
  /** Whether nothing of this source may be on disk, as the config is now. */
  readonly isSecret: (source: string) => boolean;
  /** Whether the last good snapshot on disk has the contents of the latest one. */
  readonly isSnapshotSaved: () => boolean;
  /** Where the leader of a cluster-wide target puts its holds for the next one. Undefined: this target has no leader. */
  readonly sharedOf?: (target: string) => SharedHolds | undefined;
}

/** What the processes of an election share, and whether this one leads. */
export interface SharedHolds extends Leader {
  readonly texts: SharedTexts;
}

interface OpenGuard extends GuardMemory {
  /** Removes the file, unless the guard holds something again. */
  finish(): Promise<void>;
}

export function createGuards(store: Pick<Store, 'guard'>, clock: Clock, options: GuardsOptions): Guards {
  const { isSecret, isSnapshotSaved, sharedOf = () => undefined } = options;
  const known = new Map<string, OpenGuard>();
  const unremoved = new Set<OpenGuard>();
  const { moment, toDisk, fromDisk } = createGuardClock(clock);

  function open(target: string): OpenGuard {
    const file = store.guard(target);
    const loaded = file.load();
    let guard = createGuard(loaded && fromDisk(loaded), moment());
    let isShared = false;
    /** As it was last read or written in this leadership. */
    let sharedContent: string | undefined;
    // A removal must not meet the write of a new hold.
    const inTurn = createSerialQueue();
    async function keep(state: GuardState): Promise<void> {
      if (isEmpty(state) || (holdsNothing(state) && isSnapshotSaved())) {
        unremoved.delete(opened);
        await file.remove();
        return;
      }
      await file.save(toDisk(state));
      if (holdsNothing(state)) unremoved.add(opened);
      else unremoved.delete(opened);
    }

    async function share(state: GuardState): Promise<void> {
      const shared = sharedOf(target);
      const leadership = shared?.current();
      if (!shared || !leadership || (isEmpty(state) && !isShared)) return;
      await shared.texts.write(target, JSON.stringify(toDisk(state)), leadership);
      isShared = true;
    }

    const opened: OpenGuard = {
      judge: (question) => guard.judge(question),
      settle: () => {
        guard.settle();
      },
      release: (service) => guard.release(service),
      save: () =>
        inTurn(async () => {
          const state = guard.save(moment(), isSecret);
          await keep(state);
          await share(state);
        }),
      async lead(leadership) {
        const texts = sharedOf(target)?.texts;
        const text = await texts?.read(target, leadership);
        isShared = text !== undefined;
        if (text !== undefined) guard = createGuard(fromDisk(reviveGuardState(JSON.parse(text))), moment());
        // What this process has begun to hold while it did not lead.
        else await inTurn(() => share(guard.save(moment(), isSecret)));
        sharedContent = await texts?.read(contentNameOf(target), leadership);
        return readContent(sharedContent);
      },
      async shareContent(content) {
        const shared = sharedOf(target);
        const leadership = shared?.current();
        const next = JSON.stringify(content);
        // Without a text, the next leader takes the outputs for empty anyway.
        if (!shared || !leadership || next === (sharedContent ?? 'null')) return;
        await shared.texts.write(contentNameOf(target), next, leadership);
        sharedContent = next;
      },
      finish: () =>
        inTurn(async () => {
          if (!unremoved.has(opened)) return;
          await file.remove();
          unremoved.delete(opened);
        }),
    };
    if (loaded && holdsNothing(loaded)) unremoved.add(opened);
    return opened;
  }

  return {
    of(target) {
      const memory = known.get(target) ?? open(target);
      known.set(target, memory);
      return memory;
    },
    forget(target) {
      const memory = known.get(target);
      if (memory) unremoved.delete(memory);
      known.delete(target);
    },
    finished() {
      const guards = [...unremoved];
      return async () => {
        await Promise.allSettled(guards.map((guard) => guard.finish()));
      };
    },
  };
}

/**
 * The file is there for holds. Departures that were not held are forgotten at a restart. A last good snapshot from before the end of the holds would
 * begin them again, so until a newer one is on disk, the file says what has left for good.
 */
function holdsNothing({ services, sources }: GuardState): boolean {
  return [...services, ...sources].every(({ group }) => group.holds.length === 0);
}

/** Nothing has left for good either. */
function isEmpty({ services, sources }: GuardState): boolean {
  return [...services, ...sources].every(({ group }) => group.holds.length + group.settled.length === 0);
}

/** The name of the text that says whether the outputs of a target have content. No target has it: a target's name has no space. */
const contentNameOf = (target: string): string => `content of ${target}`;

const contentSchema = z
  .object({
    selection: z.object({ sources: z.string(), select: z.string() }),
    emptySince: z.number().nullable(),
  })
  .nullable();

/** Undefined: no leader has told it, or another program has changed the text. */
function readContent(text: string | undefined): TargetRecord['content'] | undefined {
  if (text === undefined) return undefined;
  try {
    return contentSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
