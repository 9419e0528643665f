import type { Service } from '../../model/instance.js';
import { changedServicesOf } from '../../model/view-changes.js';
import type { Quarantine, View } from '../../model/view.js';
import { problemOfBeginning } from '../../render/dialects/path.js';
import type { DesiredFile, FileSpec } from './desired-file.js';
import { makeFile } from './make-file.js';
import { findFile } from './patch-files.js';

/** The file of one service, before its template is rendered. */
export interface FanOutEntry {
  readonly service: Service;
  /** Not to be used when there are refusals. */
  readonly path: string;
  /** Why the service has no path. */
  readonly refusals: readonly Quarantine[];
  /** Whether the path depends on no other service. */
  readonly isLocal: boolean;
}

export interface EntryContent {
  /** Undefined when something is rejected. */
  readonly file: DesiredFile | undefined;
  readonly rejected: readonly Quarantine[];
  readonly omitted: readonly Quarantine[];
  /** Whether the content depends on no other service. */
  readonly isLocal: boolean;
}

/** The files that one entry of the config makes, one for each service. */
export interface FanOutFiles {
  /** The entry of a service. It is not made again while everything that it depends on is the same. */
  entryOf(view: View, service: Service): FanOutEntry;
  /** The content of an entry that `entryOf` has just returned for this view. It is not rendered again either. */
  contentOf(view: View, entry: FanOutEntry): EntryContent;
  /** Forgets the entries of services that are gone, when they may be many. */
  forgetExcept(services: readonly Service[]): void;
  /**
   * Adds the changes of the files between two views.
   *
   * @param files the files of the view `before`
   * @returns false when this is not enough to know the files of the view `after`
   */
  update(before: View, after: View, files: readonly DesiredFile[], changes: FileChanges): boolean;
}

export interface FileChanges {
  readonly writes: Map<string, DesiredFile>;
  readonly removals: Set<string>;
}

/** Everything in a view but its services. It is remembered in place of the view, which holds all services. */
type Fixed = Omit<View, 'services'>;

/** Whether everything in the two views but their services is the same. */
export function isSameFixed(a: Fixed, b: Fixed): boolean {
  return a.kv === b.kv && a.vars === b.vars && a.env === b.env && a.target === b.target;
}

interface Known {
  readonly entry: FanOutEntry;
  readonly fixed: Fixed;
  content?: EntryContent;
  /** The last file of the service. */
  file?: DesiredFile | undefined;
}

export function createFanOutFiles(spec: FileSpec, { directory, path }: NonNullable<FileSpec['fanOut']>): FanOutFiles {
  const known = new Map<string, Known>();
  let fixed: Fixed | undefined;

  function fixedOf({ kv, vars, env, target }: View): Fixed {
    const now = { kv, vars, env, target };
    return (fixed = fixed && isSameFixed(fixed, now) ? fixed : now);
  }

  function makeEntry(view: View, service: Service): FanOutEntry {
    const { text, rejected, isLocal = false } = path.render(view, service);
    const refusals = [...rejected];
    const problem = refusals.length > 0 ? undefined : problemOfName(directory, text, spec.path);
    if (problem !== undefined) refusals.push({ service: service.name, reason: `${spec.path}: ${problem}` });
    return { service, path: refusals.length > 0 ? '' : text, refusals, isLocal };
  }

  function renderContent(
    view: View,
    { service, path: at }: FanOutEntry,
    before: DesiredFile | undefined,
  ): EntryContent {
    const { text, rejected, omitted = [], isLocal = false } = spec.template.render(view, service);
    if (rejected.length > 0) return { file: undefined, rejected, omitted: [], isLocal };
    const file = makeFile(spec, at, [text], before);
    const hidden = omitted.map((one) => (spec.secret === true ? { ...one, hostName: '' } : one));
    return { file, rejected, omitted: hidden, isLocal };
  }

  function entryOf(view: View, service: Service): FanOutEntry {
    const last = known.get(service.name);
    const isCurrent = last?.entry.service === service && isSameFixed(last.fixed, view);
    if (isCurrent && last.entry.isLocal && last.content?.isLocal !== false) return last.entry;
    const entry = makeEntry(view, service);
    known.set(service.name, { entry, fixed: fixedOf(view), file: last?.file });
    return entry;
  }

  function contentOf(view: View, entry: FanOutEntry): EntryContent {
    const here = known.get(entry.service.name);
    if (here?.entry !== entry) return renderContent(view, entry, undefined);
    if (!here.content) {
      here.content = renderContent(view, entry, here.file);
      here.file = here.content.file;
    }
    return here.content;
  }

  return {
    entryOf,
    contentOf,
    forgetExcept(services) {
      if (known.size <= 2 * services.length) return;
      const names = new Set(services.map(({ name }) => name));
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    },
    update(before, after, files, { writes, removals }) {
      const changes = changedServicesOf(before, after);
      for (const { old } of changes) {
        if (!old) continue;
        const entry = known.get(old.name)?.entry;
        if (entry?.service !== old) return false;
        removals.add(entry.path);
      }
      for (const { old, now } of changes) {
        if (!now) {
          known.delete(old?.name ?? '');
          continue;
        }
        const entry = entryOf(after, now);
        if (entry.refusals.length > 0 || !entry.isLocal) return false;
        const isTaken = findFile(files, entry.path) >= 0 && !removals.has(entry.path);
        if (isTaken || writes.has(entry.path)) return false;
        const { file, omitted, isLocal } = contentOf(after, entry);
        if (!file || omitted.length > 0 || !isLocal) return false;
        writes.set(entry.path, file);
      }
      return true;
    },
  };
}

/** The path renderer already refuses such names. This check does not depend on it. */
function problemOfName(directory: string, path: string, pattern: string): string | undefined {
  const name = path.slice(directory.length + 1);
  if (!path.startsWith(`${directory}/`) || name.includes('/') || name.includes('\0') || ['', '.', '..'].includes(name))
    return `its file would not be directly in ${directory}`;
  if (name.startsWith('.rollcall-')) return 'its file would look like a temporary file of rollcall';
  // A first character that the config itself has is intended.
  const beginning = pattern.startsWith(`${directory}/${name.charAt(0)}`) ? undefined : problemOfBeginning(name);
  if (beginning !== undefined) return beginning;
  return Buffer.byteLength(name) > 255 ? 'its file name would be longer than 255 bytes' : undefined;
}
