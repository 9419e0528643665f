import { createHash } from 'node:crypto';
import { RollcallError } from '../../model/errors.js';
import type { Service } from '../../model/instance.js';
import { namePriority } from '../../model/name-owners.js';
import { compareText } from '../../model/order.js';
import type { Quarantine, View } from '../../model/view.js';
import type { Desired } from '../../ports/target.js';
import { renderWithoutRejected } from '../quarantine.js';
import type { DesiredFile, FileSpec } from './desired-file.js';
import { createFanOutFiles, isSameFixed, type FanOutFiles } from './fan-out.js';
import { makeFile } from './make-file.js';
import { patchFiles } from './patch-files.js';

export interface DesiredFiles extends Desired {
  /** Sorted by path. A file that is as in the desired files before is the same object. */
  readonly files: readonly DesiredFile[];
  /** The view that they are made from. Absent: the next ones cannot be made from these and the changes of the view. */
  readonly basis?: View;
}

/** The result of rendering once. */
interface Rendering {
  readonly files: Map<string, DesiredFile>;
  readonly makers: Map<string, { readonly spec: FileSpec; readonly service: Service | undefined }>;
  readonly rejected: Quarantine[];
  readonly omitted: Quarantine[];
  /** Whether each file of a fan-out depends on its own service only. */
  isLocal: boolean;
}

/**
 * Makes the desired files of one target, view by view. An instance that one output rejects is left out of all outputs of the target.
 *
 * With the desired files of another view, the cost is that of the services that differ, of the whole templates, and of copying two lists
 * of references. It is that of all services while something is rejected, or when a file of a fan-out also depends on other services. The
 * result is the same.
 *
 * @throws RollcallError `OUTPUT_CONFLICT` when two entries have the same path; and as `renderWithoutRejected`
 */
export function createDesiredFiles(specs: readonly FileSpec[]): (view: View, before?: DesiredFiles) => DesiredFiles {
  const fanOuts = new Map<FileSpec, FanOutFiles>();
  for (const spec of specs) if (spec.fanOut) fanOuts.set(spec, createFanOutFiles(spec, spec.fanOut));
  const plain = new Map<FileSpec, DesiredFile>();

  function renderPlain(
    spec: FileSpec,
    view: View,
  ): { file?: DesiredFile; rejected: readonly Quarantine[]; omitted: readonly Quarantine[] } {
    const rendered = spec.template.render(view);
    const { rejected, omitted = [] } = rendered;
    if (rejected.length > 0) return { rejected, omitted: [] };
    const file = makeFile(spec, spec.path, rendered.pieces ?? [rendered.text], plain.get(spec));
    plain.set(spec, file);
    return { file, rejected, omitted: omitted.map((one) => (spec.secret === true ? { ...one, hostName: '' } : one)) };
  }

  function addPlain(made: Rendering, spec: FileSpec, view: View): void {
    const other = made.makers.get(spec.path);
    if (other) throw samePath(spec.path, other.spec, spec);
    made.makers.set(spec.path, { spec, service: undefined });
    const { file, rejected, omitted } = renderPlain(spec, view);
    made.rejected.push(...rejected);
    made.omitted.push(...omitted);
    if (file) made.files.set(spec.path, file);
  }

  function addFanOut(made: Rendering, spec: FileSpec, fanOut: FanOutFiles, view: View): void {
    fanOut.forgetExcept(view.services);
    for (const service of byClaim(view.services)) {
      const entry = fanOut.entryOf(view, service);
      made.isLocal &&= entry.isLocal;
      made.rejected.push(...entry.refusals);
      if (entry.refusals.length > 0) continue;
      const { path } = entry;
      const other = made.makers.get(path);
      if (other?.service === service) throw samePath(path, other.spec, spec);
      if (other) {
        const owner = other.service ? `service ${other.service.name}` : 'another entry of `files`';
        made.rejected.push({ service: service.name, reason: `${spec.path}: ${path} is already the file of ${owner}` });
        continue;
      }
      made.makers.set(path, { spec, service });
      const { file, rejected, omitted, isLocal } = fanOut.contentOf(view, entry);
      made.isLocal &&= isLocal;
      made.rejected.push(...rejected);
      made.omitted.push(...omitted);
      if (file) made.files.set(path, file);
    }
  }

  function renderOnce(view: View): Rendering {
    const made: Rendering = { files: new Map(), makers: new Map(), rejected: [], omitted: [], isLocal: true };
    // Plain paths first: the config fixes them, so no service may take one of them.
    for (const spec of specs) if (!spec.fanOut) addPlain(made, spec, view);
    for (const [spec, fanOut] of fanOuts) addFanOut(made, spec, fanOut, view);
    return made;
  }

  /** Undefined when all files must be looked at. */
  function update(view: View, { basis, files }: DesiredFiles): DesiredFiles | undefined {
    if (!basis || !isSameFixed(basis, view)) return undefined;
    const writes = new Map<string, DesiredFile>();
    const removals = new Set<string>();
    for (const spec of specs) {
      if (spec.fanOut) continue;
      const { file, omitted } = renderPlain(spec, view);
      if (!file || omitted.length > 0) return undefined;
      writes.set(file.path, file);
    }
    for (const fanOut of fanOuts.values())
      if (!fanOut.update(basis, view, files, { writes, removals })) return undefined;
    return { files: patchFiles(files, writes, removals), quarantined: [], basis: view };
  }

  return (view, before) => {
    const updated = before && update(view, before);
    if (updated) return updated;
    const { made, quarantined } = renderWithoutRejected(view, (rest) => {
      const once = renderOnce(rest);
      return { made: once, rejected: once.rejected, omitted: once.omitted };
    });
    const files = [...made.files.values()].sort((a, b) => compareText(a.path, b.path));
    return made.isLocal && quarantined.length === 0 ? { files, quarantined, basis: view } : { files, quarantined };
  };
}

/** By file, a digest of its path, contents, mode and owner, as 32 characters of one byte. */
const digests = new WeakMap<DesiredFile, string>();

function digestFile(file: DesiredFile): string {
  let digest = digests.get(file);
  if (digest === undefined) {
    const { path, content, mode, owner, group } = file;
    const hash = createHash('sha256');
    hash.update(JSON.stringify([path, content.length, mode ?? null, owner ?? null, group ?? null]));
    digest = hash.update(content.digest).digest('binary');
    digests.set(file, digest);
  }
  return digest;
}

/** Hex SHA-256 over the digests of the files: a file that did not change is not hashed again. */
export function digestFiles({ files }: DesiredFiles): string {
  return createHash('sha256').update(files.map(digestFile).join(''), 'latin1').digest('hex');
}

/** Sorts services by their right to a file that several of them have: registering `API` does not take over `api.conf`. */
function byClaim(services: readonly Service[]): readonly Service[] {
  const claims = services.map(namePriority);
  if (claims.every((claim) => claim === claims[0])) return services;
  return [...new Set(claims)]
    .sort((a, b) => b - a)
    .flatMap((claim) => services.filter((_, index) => claims[index] === claim));
}

function samePath(path: string, one: FileSpec, other: FileSpec): RollcallError {
  return new RollcallError(
    'OUTPUT_CONFLICT',
    `two entries of \`files\` have the path ${path}: ${one.path}, ${other.path}`,
  );
}
