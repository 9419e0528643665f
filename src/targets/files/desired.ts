import { createHash } from 'node:crypto';
import { RollcallError } from '../../model/errors.js';
import type { Service } from '../../model/instance.js';
import { namePriority } from '../../model/name-owners.js';
import { compareText } from '../../model/order.js';
import type { Quarantine, View } from '../../model/view.js';
import type { Desired } from '../../ports.js';
import { problemOfBeginning } from '../../render/dialects/path.js';
import type { Renderer } from '../maker.js';
import { renderWithoutRejected } from '../quarantine.js';
import { findSerial } from './serial.js';

/** One entry of the `files` block, its templates compiled. */
export interface FileSpec {
  /** As configured: the path, or the pattern of a fan-out. */
  readonly path: string;
  readonly template: Renderer;
  /** Present in a fan-out: renders the path of each service's file. All files are in `directory`. */
  readonly fanOut?: { readonly directory: string; readonly path: Renderer };
  /** Undefined: the mode of the file that is there; otherwise that of a new file. */
  readonly mode?: number | undefined;
  readonly owner?: string | number | undefined;
  readonly group?: string | number | undefined;
  readonly inPlace: boolean;
  /** The number before `; serial` rises with every change. */
  readonly serial?: boolean;
  /** The contents must not be shown. */
  readonly secret?: boolean;
}

export interface DesiredFile {
  /** Absolute, as in the config: the path may contain symlinks. */
  readonly path: string;
  readonly content: Buffer;
  /** Mode, and name or id of owner and group, as configured. `planAttributes` decides what is undefined. */
  readonly mode: number | undefined;
  readonly owner: string | number | undefined;
  readonly group: string | number | undefined;
  readonly inPlace: boolean;
  readonly fanOut: boolean;
  /** The content has one serial, which `diffFiles` replaces. */
  readonly serial: boolean;
  /** The contents must not be shown. */
  readonly secret: boolean;
}

export interface DesiredFiles extends Desired {
  /** Sorted by path. */
  readonly files: readonly DesiredFile[];
}

/** The result of rendering once. */
interface Rendering {
  readonly files: Map<string, DesiredFile>;
  readonly makers: Map<string, { readonly spec: FileSpec; readonly service: Service | undefined }>;
  readonly rejected: Quarantine[];
  readonly omitted: Quarantine[];
}

/**
 * An instance that one output rejects is left out of all outputs of the target.
 *
 * @throws RollcallError `OUTPUT_CONFLICT` when two entries have the same path; and as `renderWithoutRejected`
 */
export function desiredFiles(specs: readonly FileSpec[], view: View): DesiredFiles {
  const { made, quarantined } = renderWithoutRejected(view, (rest) => {
    const { files, rejected, omitted } = renderOnce(specs, rest);
    return { made: files, rejected, omitted };
  });
  return { files: [...made.values()].sort((a, b) => compareText(a.path, b.path)), quarantined };
}

/** Hex SHA-256 over the paths, contents, modes and owners of the files. */
export function digestFiles({ files }: DesiredFiles): string {
  const hash = createHash('sha256');
  for (const { path, content, mode, owner, group } of files) {
    hash.update(JSON.stringify([path, content.length, mode ?? null, owner ?? null, group ?? null]));
    hash.update(content);
  }
  return hash.digest('hex');
}

function renderOnce(specs: readonly FileSpec[], view: View): Rendering {
  const made: Rendering = { files: new Map(), makers: new Map(), rejected: [], omitted: [] };
  // Plain paths first: the config fixes them, so no service may take one of them.
  for (const spec of specs) if (!spec.fanOut) make(made, spec, spec.path, view, undefined);
  for (const spec of specs) {
    if (!spec.fanOut) continue;
    for (const service of byClaim(view.services)) {
      const { text: path, rejected } = spec.fanOut.path.render(view, service);
      made.rejected.push(...rejected);
      if (rejected.length > 0) continue;
      const problem = problemOfName(spec.fanOut.directory, path, spec.path);
      if (problem === undefined) make(made, spec, path, view, service);
      else made.rejected.push({ service: service.name, reason: `${spec.path}: ${problem}` });
    }
  }
  return made;
}

/** Sorts services by their right to a file that several of them have: registering `API` does not take over `api.conf`. */
function byClaim(services: readonly Service[]): readonly Service[] {
  const claims = services.map(namePriority);
  if (claims.every((claim) => claim === claims[0])) return services;
  return [...new Set(claims)]
    .sort((a, b) => b - a)
    .flatMap((claim) => services.filter((_, index) => claims[index] === claim));
}

function make(made: Rendering, spec: FileSpec, path: string, view: View, service: Service | undefined): void {
  const other = made.makers.get(path);
  if (other) {
    if (!service || other.service === service)
      throw new RollcallError(
        'OUTPUT_CONFLICT',
        `two entries of \`files\` have the path ${path}: ${other.spec.path}, ${spec.path}`,
      );
    const owner = other.service ? `service ${other.service.name}` : 'another entry of `files`';
    made.rejected.push({ service: service.name, reason: `${spec.path}: ${path} is already the file of ${owner}` });
    return;
  }
  made.makers.set(path, { spec, service });
  const { text, rejected, omitted = [] } = spec.template.render(view, service);
  made.rejected.push(...rejected);
  if (rejected.length > 0) return;
  const { mode, owner, group, inPlace, serial = false, secret = false } = spec;
  made.omitted.push(...omitted.map((one) => (secret ? { ...one, hostName: '' } : one)));
  const content = Buffer.from(text);
  if (serial && findSerial(content) === undefined)
    throw new RollcallError('RENDER_FAILED', `${path} has no serial, or more than one`, {
      hint: 'With `serial: true`, the template must write exactly one number that is followed by "; serial" on its line.',
    });
  const fanOut = spec.fanOut !== undefined;
  made.files.set(path, { path, content, mode, owner, group, inPlace, fanOut, serial, secret });
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
