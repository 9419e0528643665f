import { KubeError } from '../../kubernetes/failure.js';
import type { Quarantine } from '../../model/view.js';
import type { ObjectStore } from '../kube-objects/fence.js';
import { fullName, splitName } from '../kube-objects/full-name.js';
import { isAboutOneObject } from '../kube-objects/refusal.js';
import type { SeenObjects } from '../kube-objects/seen-objects.js';
import type { ChangeSet, OnStep } from '../transaction.js';
import { serviceOf, settledDigest, type ObjectWrite, type ServiceChange } from './changes.js';
import { dropSlice, forgetService, keepSlice, type ClusterView } from './cluster-view.js';
import { registeredName } from './name.js';
import type { ObservedObject, ObservedService, ObservedSlice } from './observed.js';
import type { SlicesSpec } from './spec.js';
import { identify, undoOf, type SlicesUndo } from './undo.js';
import { isHeadless, writeObject, type WriteDeps } from './write.js';

/** What a target remembers of the objects. */
export interface SlicesMemory {
  readonly view: ClusterView;
  /** As `ObservedServices.settled`. */
  readonly settled: Map<string, string>;
  /** As `UndoDeps.remembered`. */
  readonly remembered: Map<string, ObservedObject | undefined>;
  /** As `UndoDeps.untouched`. */
  readonly untouched: Set<string>;
  /** The services that the API server has refused in the last change, by the full name of their Service. */
  readonly refused: Map<string, Quarantine>;
  readonly seen: SeenObjects;
}

export interface ChangeSetDeps extends SlicesSpec {
  readonly connect: () => Promise<ObjectStore>;
  readonly isFenced: boolean;
  readonly hasCheck: boolean;
  /** The outputs are secret: an answer of the API server may quote them, so no log shows it. */
  readonly secret: boolean;
  readonly memory: SlicesMemory;
  /** As `WriteDeps.isRecorded`. */
  readonly isRecorded: WriteDeps['isRecorded'];
  readonly onEdited: WriteDeps['onEdited'];
  /** As `TransactionKind.revert`. */
  readonly revert: (undo: SlicesUndo) => Promise<boolean>;
  readonly onStep: OnStep | undefined;
}

/**
 * The writes of some changes. When the API server refuses an object of a service, the writes of this service are taken back, and those of the others are
 * made. Any other failure ends the change.
 */
export function createChangeSet(
  changes: readonly ServiceChange[],
  revision: string,
  deps: ChangeSetDeps,
): ChangeSet<SlicesUndo> {
  const { options, memory, onStep } = deps;
  const { view, settled, remembered, untouched, refused, seen } = memory;
  const services = byService(changes);
  const writes = services.flatMap((service) => service.writes);
  let made = 0;

  /** What is known of the object, while it is not certain what the API server does. */
  function forget({ type, ...name }: ObjectWrite): void {
    if (type === 'service') view.services.delete(fullName(name));
    else dropSlice(view, name);
  }

  function keep(write: ObjectWrite, now: ObservedObject | undefined): void {
    const { type, after } = write;
    if (type === 'service') seen.wrote(fullName(write), now);
    else seen.touched(serviceOf(write));
    if (!now) return;
    if (type === 'service') view.services.set(fullName(write), now as ObservedService);
    else keepSlice(view, now as ObservedSlice);
    // A program that changes each of our writes is not fought.
    if (after && now.digest !== after.digest) settled.set(now.uid, settledDigest(after.digest, now.digest));
    else settled.delete(now.uid);
  }

  async function make(write: ObjectWrite, writing: WriteDeps): Promise<void> {
    forget(write);
    untouched.delete(identify(write));
    const now = await writeObject(write, revision, writing).catch((error: unknown) => {
      // The undo of this one object then needs no API server, which may be the one that cannot be reached.
      if (error instanceof KubeError && !error.traits.maybeSent && !isReplaced(write)) untouched.add(identify(write));
      throw error;
    });
    keep(write, now);
    await onStep?.(`swap:${made++}`);
  }

  return {
    outputs: changes.map(({ output }) => output),
    stage() {
      seen.begin();
      for (const write of writes) {
        remembered.set(identify(write), write.before);
        untouched.add(identify(write));
      }
      const isKept = writes.length > 1 || deps.hasCheck;
      const owned = ownedBy(writes, options.policy === 'sync');
      return Promise.resolve({ undo: undoOf(writes, isKept, owned), caveats: caveatsOf(writes) });
    },
    discard: () => Promise.resolve(),
    async swap(undo) {
      const { isFenced, isRecorded, onEdited, marks } = deps;
      const writing: WriteDeps = { kube: await deps.connect(), options, marks, isFenced, isRecorded, onEdited };
      for (const { full, writes: own } of services)
        try {
          for (const write of own) await make(write, writing);
        } catch (error) {
          if (!isAboutOneObject(error)) throw error;
          const names = new Set(own.map(identify));
          await deps.revert({ ...undo, items: undo.items.filter((item) => names.has(identify(item))) });
          forgetService(view, full);
          const why = deps.secret ? 'the API server refuses one of its objects' : error.message;
          const service = registeredName(splitName(full).name, options);
          refused.set(full, { service, reason: `Service ${full} is left as it was: ${why}` });
        }
    },
  };
}

interface ServiceWrites {
  readonly full: string;
  /** In their order. */
  readonly writes: readonly ObjectWrite[];
}

function byService(changes: readonly ServiceChange[]): readonly ServiceWrites[] {
  const services = new Map<string, ObjectWrite[]>();
  for (const write of changes.flatMap((change) => change.writes)) {
    const full = serviceOf(write);
    const writes = services.get(full);
    if (writes) writes.push(write);
    else services.set(full, [write]);
  }
  return [...services].map(([full, writes]) => ({ full, writes: writes.sort((a, b) => a.rank - b.rank) }));
}

/** The Services whose objects become the target's own, and those of which none is left. @param isRemoving objects that are not desired are removed */
function ownedBy(writes: readonly ObjectWrite[], isRemoving: boolean): SlicesUndo['owned'] {
  const names = (isGone: boolean): string[] => [
    ...new Set(writes.filter((write) => write.isGone === isGone).map(serviceOf)),
  ];
  return { added: names(false), gone: isRemoving ? names(true) : [] };
}

/** The Service gains or loses its cluster IP. */
const isReplaced = ({ type, before, after }: ObjectWrite): boolean =>
  type === 'service' &&
  before !== undefined &&
  after !== null &&
  isHeadless(before.fields) !== isHeadless(after.fields);

function caveatsOf(writes: readonly ObjectWrite[]): readonly string[] {
  const replaced = writes.filter(isReplaced).map(fullName);
  const several = `${writes.length} objects were written one after the other: a reader may have seen some before others`;
  return [
    ...(writes.length > 1 ? [several] : []),
    ...(replaced.length > 0
      ? [
          `Service ${replaced.join(', ')} was removed and made again, because a Service cannot gain or lose its cluster IP`,
        ]
      : []),
  ];
}
