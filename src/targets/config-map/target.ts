import { KubeError } from '../../kubernetes/failure.js';
import { RollcallError } from '../../model/errors.js';
import { compareText } from '../../model/order.js';
import type { Quarantine } from '../../model/view.js';
import type { Check } from '../../ports/check.js';
import type { Journal } from '../../ports/journal.js';
import type { Leader } from '../../ports/leader.js';
import type { Log } from '../../ports/runtime.js';
import type { Target } from '../../ports/target.js';
import { fence, type ObjectStore } from '../kube-objects/fence.js';
import { fullName, splitName } from '../kube-objects/full-name.js';
import { changeOwned, entryOf, ownedNames } from '../kube-objects/owned.js';
import { isAboutOneObject } from '../kube-objects/refusal.js';
import { createSeenObjects } from '../kube-objects/seen-objects.js';
import { forgetReason, withoutReasons } from '../secret-journal.js';
import { withoutWords } from '../secret-check.js';
import { createTransactions, type ChangeSet, type OnStep } from '../transaction.js';
import { takeOverObjects } from './take-over.js';
import { problemOfName } from './name.js';
import { warnOfSize } from './content.js';
import type { DesiredObjects } from './desired.js';
import type { ObjectSpec } from './desired-object.js';
import { conflictsOf, diffObjects, type ObjectChange, type ObjectWrite } from './diff.js';
import type { ObjectKind } from './object-kind.js';
import type { ObservedObject } from './observed.js';
import { observeAll, observeChanges, type KnownObjects, type Observation } from './observe.js';
import { comparisonOf, createObjectsReader, namespaceOf, type ObjectsReaderDeps } from './reader.js';
import { createObjectsUndo, undoOf, type ObjectsUndo } from './undo.js';
import { writeObject, type WriteDeps } from './write.js';

export interface ObjectsTargetDeps extends ObjectsReaderDeps {
  readonly journal: Journal;
  readonly log: Log;
  readonly check?: Check | undefined;
  readonly leader?: Leader | undefined;
  /** Called at every named step. For tests. */
  readonly onStep?: OnStep | undefined;
}

/**
 * A target of ConfigMaps or Secrets. Their labels say which are the target's own, so a process that has lost its state finds them again.
 * The journal adds the objects that another target of this process gave up.
 */
export function createObjectsTarget(
  kind: ObjectKind,
  spec: ObjectSpec,
  deps: ObjectsTargetDeps,
): Target<DesiredObjects, Observation, ObjectChange> {
  const { target, cluster, log, onStep, leader, secret = false } = deps;
  const isFenced = leader !== undefined;
  const connect = async (): Promise<ObjectStore> => fence(await cluster.connect(), leader);
  const journal = secret ? withoutReasons(deps.journal) : deps.journal;
  const check = secret && deps.check ? withoutWords(deps.check) : deps.check;
  const comparison = comparisonOf(kind, spec, deps);
  const { marks, outputOf } = comparison;
  const known: KnownObjects = new Map();
  const remembered = new Map<string, ObservedObject | undefined>();
  const untouched = new Set<string>();
  /** By full name: the objects of a fan-out that the API server has refused in the last change. */
  const refused = new Map<string, Quarantine>();
  const undo = createObjectsUndo({ kind, connect, marks, isFenced, onStep, remembered, untouched, refused });
  const transactions = createTransactions(undo, { target, journal, check, onStep });
  const seen = createSeenObjects(kind.resource);
  let reported = '';

  const onEdited = (write: ObjectWrite, editor: string | undefined): void => {
    sayDrift([`${fullName(write)} was changed by ${editor ?? 'another program'}`]);
  };

  function sayDrift(drifted: readonly string[]): void {
    if (drifted.length === 0) return;
    log.warn({ drifted: drifted.slice(0, 20), count: drifted.length }, `${drifted[0]}: it is written again`);
  }

  function createChangeSet(changes: readonly ObjectChange[], revision: string): ChangeSet<ObjectsUndo> {
    const writes = writesOf(changes);
    return {
      outputs: changes.map(({ output }) => output),
      stage() {
        seen.begin();
        for (const write of writes) {
          remembered.set(fullName(write), write.before);
          untouched.add(fullName(write));
        }
        const isKept = writes.length > 1 || check !== undefined;
        const sizes = writes.flatMap(({ after }) => (after && warnOfSize(outputOf(after), after)) ?? []);
        const several = `${writes.length} objects were written one after the other: a reader may have seen some before others`;
        return Promise.resolve({
          undo: undoOf(writes, isKept, { kind, spec, marks }),
          caveats: [...sizes, ...(writes.length > 1 ? [several] : [])],
        });
      },
      discard: () => Promise.resolve(),
      async swap(data) {
        const writing: WriteDeps = { kind, kube: await connect(), spec, marks, isFenced, onEdited };
        for (const [index, write] of writes.entries()) {
          try {
            await make(write, revision, writing);
          } catch (error) {
            // The one object of a target is all that it has to write.
            if (!spec.fanOut || !isAboutOneObject(error)) throw error;
            await undo.revert({ ...data, items: data.items.filter((item) => fullName(item) === fullName(write)) });
            refuse(write, error);
            continue;
          }
          await onStep?.(`swap:${index}`);
        }
      },
    };
  }

  async function make(write: ObjectWrite, revision: string, writing: WriteDeps): Promise<void> {
    const name = fullName(write);
    // Unknown while it is not certain what the API server did.
    known.delete(name);
    untouched.delete(name);
    const now = await writeObject(write, revision, writing).catch((error: unknown) => {
      // The undo of this one object then needs no API server, which may be the one that cannot be reached.
      if (error instanceof KubeError && !error.traits.maybeSent) untouched.add(name);
      throw error;
    });
    if (now) known.set(name, now);
    seen.wrote(name, now);
  }

  function refuse(write: ObjectWrite, { message }: RollcallError): void {
    const why = secret ? 'the API server refuses it' : message;
    const service = write.after?.service ?? write.name;
    refused.set(fullName(write), { service, reason: `${outputOf(write)} is left as it was: ${why}` });
  }

  function reportConflicts(observed: Observation): void {
    const conflicts = [...conflictsOf(observed, comparison)].map(([output, why]) => `${output}: ${why}`);
    const [first] = conflicts;
    // The one object of a target is all that it has to write.
    if (first !== undefined && !spec.fanOut)
      throw new RollcallError('OUTPUT_FOREIGN', `${first}, so it is left as it is`);
    const now = conflicts.join('\n');
    if (first !== undefined && now !== reported)
      log.warn(
        { conflicts: conflicts.slice(0, 20), count: conflicts.length },
        `${conflicts.length} objects of services are not written, because they belong to other programs: ${first}`,
      );
    reported = now;
  }

  async function record({ gone, found, hidden, drifted }: Observation): Promise<void> {
    sayDrift(drifted);
    if (hidden.length > 0)
      log.warn(
        { objects: hidden.slice(0, 20), count: hidden.length },
        `${hidden.length} objects that this target made under an earlier config are left as they are, because the API server refuses access to them: ${hidden.slice(0, 5).join(', ')}`,
      );
    const owned = changeOwned(kind, journal.record.owned, [...gone, ...hidden], found);
    if (owned !== journal.record.owned) await journal.advance({ owned });
  }

  return {
    ...createObjectsReader(kind, spec, deps),
    async recover() {
      known.clear();
      if (secret) await forgetReason(journal);
      return transactions.recover();
    },
    async adopt(outputs) {
      const namespace = namespaceOf(spec, cluster) ?? (await (await cluster.connect()).namespace());
      const taken = ownedNames(kind, outputs).filter((name) => canMake(spec, namespace, splitName(name)));
      const owned = changeOwned(kind, journal.record.owned, [], taken);
      if (owned !== journal.record.owned) await journal.advance({ owned });
      return taken.map((name) => entryOf(kind, name)).sort(compareText);
    },
    async lead({ epoch, holder, signal }, stop) {
      known.clear();
      // Whatever an earlier leadership has left half done, a later leader may have done since.
      if (['staged', 'swapped'].includes(journal.record.step))
        await journal.advance({ step: 'failed', digest: '', undo: null, reloadPending: true });
      const namespace = namespaceOf(spec, cluster) ?? (await (await cluster.connect()).namespace());
      const parts = { kind, kube: await connect(), spec, marks, namespace, owned: journal.record.owned };
      await takeOverObjects(parts, `${epoch} ${holder}`, AbortSignal.any([signal, stop]));
    },
    async observe(desired, signal, since) {
      // If an earlier undo failed, it is tried again first.
      if (['staged', 'swapped'].includes(journal.record.step)) {
        known.clear();
        await transactions.recover();
      }
      const kube = await cluster.connect();
      const namespace = namespaceOf(spec, cluster) ?? (await kube.namespace());
      const observing = { kind, kube, spec, marks, namespace, owned: journal.record.owned };
      const again = new Set([...refused.keys()].map((name) => splitName(name).name));
      refused.clear();
      if (since) {
        const changed = await observeChanges(desired, since, observing, { known, again }, signal);
        seen.see(changed.looked, namespace, known, false);
        return changed;
      }
      const observed = await observeAll(desired, observing, known, signal);
      seen.see(desired.objects, namespace, known, true);
      await record(observed);
      reportConflicts(observed);
      return observed;
    },
    diff: (_desired, observed) => diffObjects(observed, comparison),
    objects: () => seen.objects(),
    leftAlone: () => [...refused.values()],
    async apply(changes, context) {
      try {
        const applied = await transactions.run(createChangeSet(changes, context.revision), context);
        const unwritten = changes.filter(({ write }) => refused.has(fullName(write)));
        return { ...applied, refused: unwritten.map(({ output }) => output) };
      } catch (error) {
        known.clear();
        refused.clear();
        throw error;
      } finally {
        remembered.clear();
        untouched.clear();
      }
    },
  };
}

/** Each object once. Additions come first: a reader sees too many objects for a moment, not too few. */
function writesOf(changes: readonly ObjectChange[]): readonly ObjectWrite[] {
  const writes = [...new Set(changes.map(({ write }) => write))];
  return writes.sort((a, b) => Number(a.after === null) - Number(b.after === null));
}

/** Whether the config can make an object of this name. A pattern makes each name that begins and ends as it does. */
function canMake(
  { name: pattern, fanOut }: ObjectSpec,
  namespace: string,
  object: { readonly namespace: string; readonly name: string },
): boolean {
  const { name } = object;
  if (object.namespace !== namespace || problemOfName(name) !== undefined) return false;
  if (!fanOut) return name === pattern;
  const [start, end] = [pattern.slice(0, pattern.indexOf('{{')), pattern.slice(pattern.lastIndexOf('}}') + 2)];
  return name.length > start.length + end.length && name.startsWith(start) && name.endsWith(end);
}
