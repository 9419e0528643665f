import { KubeError } from '../../kubernetes/failure.js';
import { compareText } from '../../model/order.js';
import type { Check } from '../../ports/check.js';
import type { Journal } from '../../ports/journal.js';
import type { Leader } from '../../ports/leader.js';
import type { Log } from '../../ports/runtime.js';
import type { Quarantine } from '../../model/view.js';
import type { Target } from '../../ports/target.js';
import { fence, type ObjectStore } from '../kube-objects/fence.js';
import { fullName, splitName } from '../kube-objects/full-name.js';
import { changeOwned, entryOf, ownedNames } from '../kube-objects/owned.js';
import { createSeenObjects } from '../kube-objects/seen-objects.js';
import { withoutWords } from '../secret-check.js';
import { forgetReason, withoutReasons } from '../secret-journal.js';
import { createTransactions, type ChangeSet, type OnStep } from '../transaction.js';
import { settledDigest, type ObjectWrite, type ServiceChange } from './changes.js';
import { clearView, createClusterView, dropSlice, keepSlice } from './cluster-view.js';
import { conflictsOf } from './conflicts.js';
import type { DesiredServices } from './desired.js';
import { diffServices } from './diff.js';
import { problemOfServiceName } from './name.js';
import { observeAll, observeChanges, type Observation, type ObserveDeps } from './observe.js';
import { resourceOf, type ObservedObject, type ObservedService, type ObservedSlice } from './observed.js';
import { comparisonOf, createSlicesReader, namespaceOf, type SlicesReaderDeps } from './reader.js';
import { createReport } from './report.js';
import type { EndpointSlicesOptions } from './schema.js';
import { owning } from './spec.js';
import { takeOverServices } from './take-over.js';
import { createSlicesUndo, identify, undoOf, type SlicesUndo } from './undo.js';
import { isHeadless, writeObject, type WriteDeps } from './write.js';

export interface SlicesTargetDeps extends SlicesReaderDeps {
  readonly journal: Journal;
  readonly log: Log;
  readonly check?: Check | undefined;
  readonly leader?: Leader | undefined;
  /** Called at every named step. For tests. */
  readonly onStep?: OnStep | undefined;
}

/**
 * A target of Services and their EndpointSlices. Labels say which are the target's own, so a process that has lost its state finds them
 * again. The journal adds the objects that another target of this process gave up.
 */
export function createSlicesTarget(
  options: EndpointSlicesOptions,
  deps: SlicesTargetDeps,
): Target<DesiredServices, Observation, ServiceChange> {
  const { target, cluster, log, onStep, leader, secret = false } = deps;
  const isFenced = leader !== undefined;
  const connect = async (): Promise<ObjectStore> => fence(await cluster.connect(), leader);
  const journal = secret ? withoutReasons(deps.journal) : deps.journal;
  const check = secret && deps.check ? withoutWords(deps.check) : deps.check;
  const comparison = comparisonOf(options, deps);
  const { marks } = comparison;
  const view = createClusterView();
  const settled = new Map<string, string>();
  const remembered = new Map<string, ObservedObject | undefined>();
  const untouched = new Set<string>();
  const undo = createSlicesUndo({ connect, marks, isFenced, onStep, remembered, untouched });
  const transactions = createTransactions(undo, { target, journal, check, onStep });
  const seen = createSeenObjects(resourceOf.service);
  /** By the output of their Service. */
  const conflicts = new Map<string, Quarantine>();
  const report = createReport(log);

  const namespaceNow = async (): Promise<string> =>
    namespaceOf(options, cluster) ?? (await (await cluster.connect()).namespace());
  const isInterrupted = (): boolean => ['staged', 'swapped'].includes(journal.record.step);

  async function observing(kube: ObjectStore): Promise<ObserveDeps> {
    const { owned } = journal.record;
    return { kube, options, marks, namespace: await namespaceNow(), owned, settled };
  }

  /** What is known of the object, while it is not certain what the API server does. */
  function forget({ type, ...name }: ObjectWrite): void {
    if (type === 'service') view.services.delete(fullName(name));
    else dropSlice(view, name);
  }

  function keep(write: ObjectWrite, now: ObservedObject | undefined): void {
    const { type, namespace, service, after } = write;
    if (type === 'service') seen.wrote(fullName(write), now);
    else seen.touched(fullName({ namespace, name: service }));
    if (!now) return;
    if (type === 'service') view.services.set(fullName(write), now as ObservedService);
    else keepSlice(view, now as ObservedSlice);
    // A program that changes each of our writes is not fought.
    if (after && now.digest !== after.digest) settled.set(now.uid, settledDigest(after.digest, now.digest));
    else settled.delete(now.uid);
  }

  function createChangeSet(changes: readonly ServiceChange[], revision: string): ChangeSet<SlicesUndo> {
    const writes = changes.flatMap((change) => change.writes).sort((a, b) => a.rank - b.rank);
    return {
      outputs: changes.map(({ output }) => output),
      stage() {
        seen.begin();
        for (const write of writes) {
          remembered.set(identify(write), write.before);
          untouched.add(identify(write));
        }
        const isKept = writes.length > 1 || check !== undefined;
        return Promise.resolve({ undo: undoOf(writes, isKept, ownedBy(writes, options)), caveats: caveatsOf(writes) });
      },
      discard: () => Promise.resolve(),
      async swap() {
        const onEdited: WriteDeps['onEdited'] = (write, editor) => {
          report.drift([`${resourceOf[write.type].kind} ${fullName(write)} was changed by ${editor}`]);
        };
        const recorded = new Set(ownedNames(owning, journal.record.owned));
        const isRecorded: WriteDeps['isRecorded'] = ({ namespace, service }) =>
          recorded.has(fullName({ namespace, name: service }));
        const writing: WriteDeps = { kube: await connect(), options, marks, isFenced, isRecorded, onEdited };
        for (const [index, write] of writes.entries()) {
          forget(write);
          untouched.delete(identify(write));
          const now = await writeObject(write, revision, writing).catch((error: unknown) => {
            // The undo of this one object then needs no API server, which may be the one that cannot be reached.
            if (error instanceof KubeError && !error.traits.maybeSent && !isReplaced(write))
              untouched.add(identify(write));
            throw error;
          });
          keep(write, now);
          await onStep?.(`swap:${index}`);
        }
      },
    };
  }

  async function record(observed: Observation): Promise<void> {
    const { gone, found, hidden, drifted, recorded } = observed;
    report.drift(drifted);
    report.hidden(hidden);
    const own = new Set([...recorded, ...found]);
    report.foreignSlices(new Map([...view.foreign].filter(([full]) => own.has(full))));
    const owned = changeOwned(owning, journal.record.owned, [...gone, ...hidden], found);
    if (owned !== journal.record.owned) await journal.advance({ owned });
  }

  return {
    ...createSlicesReader(options, deps),
    async recover() {
      clearView(view);
      if (secret) await forgetReason(journal);
      return transactions.recover();
    },
    async adopt(outputs) {
      const namespace = await namespaceNow();
      const taken = ownedNames(owning, outputs).filter((full) => canMake(options, namespace, splitName(full)));
      const owned = changeOwned(owning, journal.record.owned, [], taken);
      if (owned !== journal.record.owned) await journal.advance({ owned });
      return taken.map((full) => entryOf(owning, full)).sort(compareText);
    },
    async lead({ epoch, holder, signal }, stop) {
      clearView(view);
      // Whatever an earlier leadership has left half done, a later leader may have done since.
      if (isInterrupted()) await journal.advance({ step: 'failed', digest: '', undo: null, reloadPending: true });
      await takeOverServices(await observing(await connect()), `${epoch} ${holder}`, AbortSignal.any([signal, stop]));
    },
    async observe(desired, signal, since) {
      // If an earlier undo failed, it is tried again first.
      if (isInterrupted()) {
        clearView(view);
        await transactions.recover();
      }
      const parts = await observing(await cluster.connect());
      const observed = since
        ? await observeChanges(desired, since, parts, view, signal)
        : await observeAll(desired, parts, view, signal);
      const { looked, namespace, isWhole } = observed;
      if (isWhole) await record(observed);
      const found = conflictsOf(observed, comparison);
      const outputOf = (name: string): string => comparison.outputOf('service', { namespace, name });
      if (isWhole) conflicts.clear();
      if (conflicts.size > 0) {
        const present = new Set(desired.services.map(({ name }) => outputOf(name)));
        for (const output of conflicts.keys()) if (!present.has(output)) conflicts.delete(output);
      }
      for (const { name } of looked) conflicts.delete(outputOf(name));
      for (const [output, conflict] of found) conflicts.set(output, conflict);
      const written = looked.filter(({ name }) => !found.has(outputOf(name)));
      seen.see(written, namespace, view.services, isWhole);
      return observed;
    },
    leftAlone: () => [...conflicts.values()],
    diff: (_desired, observed) => diffServices(observed, comparison),
    objects: () => seen.objects(),
    async apply(changes, context) {
      try {
        return await transactions.run(createChangeSet(changes, context.revision), context);
      } catch (error) {
        clearView(view);
        throw error;
      } finally {
        remembered.clear();
        untouched.clear();
      }
    },
  };
}

/** The Services whose objects become the target's own, and those of which none is left. */
function ownedBy(writes: readonly ObjectWrite[], { policy }: EndpointSlicesOptions): SlicesUndo['owned'] {
  const names = (isGone: boolean): string[] => [
    ...new Set(
      writes
        .filter((write) => write.isGone === isGone)
        .map(({ namespace, service }) => fullName({ namespace, name: service })),
    ),
  ];
  return { added: names(false), gone: policy === 'sync' ? names(true) : [] };
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

/** Whether the config can make a Service of this name. */
function canMake(
  { prefix, suffix }: EndpointSlicesOptions,
  namespace: string,
  object: { readonly namespace: string; readonly name: string },
): boolean {
  const { name } = object;
  if (object.namespace !== namespace || problemOfServiceName(name) !== undefined) return false;
  return name.length > prefix.length + suffix.length && name.startsWith(prefix) && name.endsWith(suffix);
}
