import { createHash } from 'node:crypto';
import type { Output } from '../../ports/output.js';
import { readSections, type FileSections, type Section } from './sections.js';

/** What the files of a target want HAProxy to have. */
export interface Wanted {
  /** By path. A file that is no HAProxy configuration is its whole text. */
  readonly files: ReadonlyMap<string, FileSections | string>;
  /** By name, the sections of backends whose servers may be touched. Those of the same text as before are the same object. */
  readonly backends: ReadonlyMap<string, Section>;
  /** By name, why the servers of other backends of the files are not touched. */
  readonly untouched: ReadonlyMap<string, string>;
}

export interface Reading {
  /** Whether the output at this path is a HAProxy configuration. */
  readonly isConfig: (path: string) => boolean;
  /** As for `readSections`. */
  readonly defaultServer: readonly string[];
}

/** Reads the files of a target. What did not change since `before` is not read again. */
export function readWanted(outputs: readonly Output[], { isConfig, defaultServer }: Reading, before?: Wanted): Wanted {
  const files = new Map<string, FileSections | string>();
  const backends = new Map<string, Section>();
  const untouched = new Map<string, string>();
  for (const { output, text } of outputs) {
    const old = before?.files.get(output);
    const read = isConfig(output)
      ? (readSections(text, defaultServer, typeof old === 'object' ? old : undefined) ?? text)
      : text;
    files.set(output, read);
    if (typeof read === 'string') continue;
    for (const section of read.sections) {
      const { backend } = section;
      if (backend === undefined) continue;
      if (section.untouched !== undefined) untouched.set(backend, section.untouched);
      else if (backends.has(backend)) untouched.set(backend, 'it is there twice');
      else backends.set(backend, section);
    }
  }
  for (const name of untouched.keys()) backends.delete(name);
  return { files, backends, untouched };
}

/** The first thing that only a reload can bring from the one to the other, as a clause. Undefined: there is none. */
export function whyReload(loaded: Wanted, wanted: Wanted): string | undefined {
  for (const path of loaded.files.keys()) if (!wanted.files.has(path)) return `${path} is gone`;
  for (const [path, file] of wanted.files) {
    const old = loaded.files.get(path);
    if (old === undefined) return `${path} is new`;
    if (old === file) continue;
    if (typeof file === 'string' || typeof old === 'string') return `${path} has changed`;
    const why = whyOtherSections(old.sections, file.sections);
    if (why !== undefined) return `${why} in ${path}`;
  }
  for (const [name, why] of wanted.untouched)
    if (loaded.untouched.get(name) !== why) return `backend ${name} is not touched at run time: ${why}`;
  return undefined;
}

function whyOtherSections(old: readonly Section[], next: readonly Section[]): string | undefined {
  if (old.length === next.length && next.every((section, at) => isAlike(section, old[at]))) return undefined;
  const [before, after] = [old, next].map((all) => new Map(all.map((section) => [section.header, section])));
  for (const header of before?.keys() ?? []) if (after?.has(header) !== true) return `${name(header)} is gone`;
  for (const [header, section] of after ?? []) {
    const there = before?.get(header);
    if (!there) return `${name(header)} is new`;
    if (!isAlike(section, there)) return `lines of ${name(header)} other than those of servers have changed`;
  }
  return 'the order of the sections has changed';
}

const name = (header: string): string => (header === '' ? 'what is before the first section' : `\`${header}\``);

function isAlike(one: Section, other: Section | undefined): boolean {
  return one === other || (one.header === other?.header && one.rest === other.rest);
}

/** What a record on disk says of files: all that the runtime cannot change. Equal digests: `whyReload` finds nothing. */
export function digestOf({ files }: Wanted): string {
  const hash = createHash('sha256');
  const add = (...texts: readonly string[]): void => {
    for (const text of texts) hash.update(`${text.length}:`).update(text);
  };
  for (const [path, file] of files) {
    add(path);
    if (typeof file === 'string') add(file);
    else for (const { header, rest } of file.sections) add(header, rest);
  }
  return hash.digest('hex');
}

/**
 * The options of the servers of each backend, as a digest.
 *
 * @returns undefined when servers of one backend have different options: then it does not tell which server has which
 */
export function digestOptions({ backends }: Wanted): string | undefined {
  const hash = createHash('sha256');
  for (const [name, { optionSets }] of backends) {
    if (optionSets.size > 1) return undefined;
    // A backend without servers has no options, and its next server may have any.
    for (const options of optionSets) hash.update(`${JSON.stringify([name, options])}\n`);
  }
  return hash.digest('hex');
}
