import { withDeadline } from '../../model/deadline.js';
import { messageOf, RollcallError } from '../../model/errors.js';
import { adviseFormat, describeFormatAdvice } from '../../formats/advise-format.js';
import { adviseKeys, describeAdvice } from '../../formats/keys/advice.js';
import type { Rejection } from '../../model/format.js';
import type { LeftOutInstance } from '../../model/left-out.js';
import type { Snapshot } from '../../model/snapshot.js';
import type { Quarantine } from '../../model/view.js';
import type { Difference, Preview } from '../../ports/output.js';
import type { Clock } from '../../ports/runtime.js';
import type { ReadOnlyJournal } from '../../state/journal.js';
import { guardView } from '../guarded.js';
import { describeKept } from '../kept.js';
import { selectTargets } from '../select-targets.js';
import { withReadOnlyTargets, type InspectedTarget } from '../read-only-targets.js';
import type { Prepared } from '../../build/prepare.js';
import type { Runtime } from '../../ports/runtime.js';
import { listSources } from '../list.js';

/** What `run` would do to one target now. */
export interface TargetPreview {
  readonly target: string;
  readonly differences: readonly Difference[];
  readonly quarantined: readonly Quarantine[];
  /** What the target leaves out, although it is no fault. */
  readonly leftOut: readonly LeftOutInstance[];
  /** The reload of the consumer. `pending`: a reload is already pending before any change; undefined when it is not known. */
  readonly reload?: { readonly describe: string; readonly pending: boolean | undefined };
  /** Further facts about the target, one sentence each. */
  readonly remarks: readonly string[];
  /** Why the differences are not known, or not complete. */
  readonly trouble?: Error;
}

/** What `run` would do to the targets of a config now. */
export interface ConfigPreview {
  /** In the order of the config. */
  readonly targets: readonly TargetPreview[];
  /** Registrations that are in no view. */
  readonly rejected: readonly Rejection[];
  /** For each source whose keys do not match its pattern or its format: one sentence with the pattern or the format to write. */
  readonly advice: readonly string[];
}

/**
 * Finds what a pass over these targets would change. It lists etcd once and reads the outputs. It writes, locks and recovers
 * nothing, so it may run beside another process. A failure of one target does not affect the others.
 *
 * @param names names of the targets; empty: all targets
 * @param timeout milliseconds for the answer of etcd, and again for the outputs of each target
 * @throws RollcallError when a target is not in the config, or a source cannot be read
 */
export async function previewConfig(
  prepared: Prepared,
  names: readonly string[],
  runtime: Runtime,
  timeout: number,
): Promise<ConfigPreview> {
  const loaded = selectTargets(prepared.loaded, names);
  const snapshot = await listSources(loaded.config, runtime, timeout);
  return withReadOnlyTargets({ ...prepared, loaded }, runtime, async (inspected) => {
    const targets: TargetPreview[] = [];
    for (const target of inspected) targets.push(await previewTarget(target, snapshot, timeout, runtime.clock));
    const advice = snapshot.sources.flatMap((source) => {
      const keys = adviseKeys(source);
      const format = adviseFormat(source);
      const found = [keys && describeAdvice(keys), format && describeFormatAdvice(format)];
      return found.flatMap((advice) => (advice === undefined ? [] : [`source ${source.source}: ${advice}`]));
    });
    return { targets, rejected: snapshot.sources.flatMap(({ rejected }) => rejected), advice };
  });
}

async function previewTarget(
  target: InspectedTarget,
  snapshot: Snapshot,
  timeout: number,
  clock: Clock,
): Promise<TargetPreview> {
  const { name, reader, view, reload, journal } = target;
  const known = journal.unreadable === undefined;
  const facts = {
    target: name,
    ...(reload && { reload: { describe: reload.describe, pending: known ? journal.record.reloadPending : undefined } }),
  };
  const nothing = { ...facts, differences: [], quarantined: [], leftOut: [], remarks: [] };
  try {
    const { view: selected, remark } = await guardView(target, view(snapshot), snapshot, clock);
    const desired = reader.desired(selected);
    const { quarantined } = desired;
    const late = (): RollcallError => tooLate(timeout);
    const preview = await withDeadline({ timeout, clock, late }, (signal) => reader.preview(desired, signal));
    const refused = journal.record.failed?.digest === reader.digest(desired);
    const { differences } = preview;
    const kept = differences.length > 0 ? describeKept(target, selected, snapshot, clock) : undefined;
    const trouble = known ? undefined : doubtOf(preview, journal);
    return {
      ...facts,
      differences,
      quarantined,
      leftOut: view.leftOut.list(),
      remarks: [...remarksOf(preview, journal, refused), ...[remark, kept].flatMap((each) => each ?? [])],
      ...(trouble && { trouble }),
    };
  } catch (error) {
    return { ...nothing, trouble: error instanceof Error ? error : new Error(messageOf(error)) };
  }
}

/** An error for a journal that cannot be read: only it says which outputs this target made, and whether a reload is pending. */
function doubtOf({ conflicts }: Preview, { unreadable }: ReadOnlyJournal): Error {
  if (conflicts.length === 0)
    return new RollcallError(
      'STATE_UNREADABLE',
      `its journal cannot be read, so rollcall does not know which outputs run would remove and whether a reload is pending: ${unreadable}`,
    );
  const why = `the journal that says which of them this target made cannot be read: ${unreadable}`;
  return new RollcallError(
    'STATE_UNREADABLE',
    `rollcall does not know whether run would change ${list(conflicts)}: ${why}`,
  );
}

function tooLate(timeout: number): RollcallError {
  return new RollcallError('ETCD_UNREACHABLE', `its outputs could not be read within ${timeout} ms`);
}

function remarksOf({ conflicts, differences }: Preview, journal: ReadOnlyJournal, refused: boolean): string[] {
  const { unreadable, record } = journal;
  // The trouble says so.
  if (unreadable !== undefined) return [];
  const remarks: string[] =
    conflicts.length === 0 ? [] : [`this target did not make these, and leaves them as they are: ${list(conflicts)}`];
  if (record.step === 'staged' || record.step === 'swapped')
    remarks.push('a change is under way, or was interrupted: run finishes or undoes it first');
  if (refused && differences.length > 0)
    remarks.push(
      'its check has refused these outputs: `run` tries them again by itself, and keeps out a service that it finds to be the cause',
    );
  return remarks;
}

/** The first ten names, and the number of the others. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
