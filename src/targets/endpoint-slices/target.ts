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
import { createTransactions, type OnStep } from '../transaction.js';
import { createChangeSet, type ChangeSetDeps, type SlicesMemory } from './change-set.js';
import { serviceOf, type ServiceChange } from './changes.js';
import { clearView, createClusterView } from './cluster-view.js';
import type { DesiredServices } from './desired.js';
import { diffServices } from './diff.js';
import { problemOfServiceName } from './name.js';
import { observeAll, observeChanges, type Observation, type ObserveDeps } from './observe.js';
import { resourceOf, type ObservedObject } from './observed.js';
import { comparisonOf, createSlicesReader, namespaceOf, type SlicesReaderDeps } from './reader.js';
import { createReport } from './report.js';
import type { EndpointSlicesOptions } from './schema.js';
import { owning } from './spec.js';
import { takeOverServices } from './take-over.js';
import { createSlicesUndo } from './undo.js';

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
): Target<DesiredServices, readonly ServiceChange[], ServiceChange> {
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
  /** By the full name of their Service: what the API server has refused. */
  const refused = new Map<string, Quarantine>();
  const undo = createSlicesUndo({ connect, marks, isFenced, onStep, remembered, untouched, refused });
  const transactions = createTransactions(undo, { target, journal, check, onStep });
  const seen = createSeenObjects(resourceOf.service);
  const memory: SlicesMemory = { view, settled, remembered, untouched, refused, seen };
  /** By the output of their Service. */
  const conflicts = new Map<string, Quarantine>();
  const report = createReport(log);

  const namespaceNow = async (): Promise<string> =>
    namespaceOf(options, cluster) ?? (await (await cluster.connect()).namespace());
  const writing: ChangeSetDeps = {
    ...{ options, marks, connect, isFenced, secret, memory, onStep },
    hasCheck: check !== undefined,
    isRecorded: (write) => ownedNames(owning, journal.record.owned).includes(serviceOf(write)),
    onEdited(write, editor) {
      report.drift([`${resourceOf[write.type].kind} ${fullName(write)} was changed by ${editor}`]);
    },
    revert: (part) => undo.revert(part),
  };
  const isInterrupted = (): boolean => ['staged', 'swapped'].includes(journal.record.step);

  async function observing(kube: ObjectStore): Promise<ObserveDeps> {
    const { owned } = journal.record;
    return { kube, options, marks, namespace: await namespaceNow(), owned, settled };
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
      const again = new Set([...refused.keys()].map((full) => splitName(full).name));
      refused.clear();
      const observed = since
        ? await observeChanges(desired, since, parts, view, again, signal)
        : await observeAll(desired, parts, view, signal);
      const { looked, namespace, isWhole } = observed;
      if (isWhole) await record(observed);
      const { changes, conflicts: found } = diffServices(observed, comparison);
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
      return changes;
    },
    leftAlone: () => [...conflicts.values(), ...refused.values()],
    diff: (_desired, changes) => changes,
    objects: () => seen.objects(),
    async apply(changes, context) {
      try {
        const changeSet = createChangeSet(changes, context.revision, writing);
        const applied = await transactions.run(changeSet, context);
        const unwritten = changes.filter((change) => change.writes.some((write) => refused.has(serviceOf(write))));
        return { ...applied, refused: unwritten.map(({ output }) => output) };
      } catch (error) {
        clearView(view);
        refused.clear();
        throw error;
      } finally {
        remembered.clear();
        untouched.clear();
      }
    },
  };
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
