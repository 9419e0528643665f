import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { nearest } from '../model/suggest.js';
import { builtinDirectory, createFileReader } from './contents.js';
import type { LoadedConfig } from './load.js';
import { ConfigError, type ConfigPath, type ConfigProblem } from './problem.js';

/** The text of a template, and its origin. */
export interface TemplateFile {
  /** For errors: the name of a built-in template, or the path of another template. */
  readonly name: string;
  readonly text: string;
  /** Absolute. */
  readonly path: string;
}

/** Every template and partial that a config names. */
export interface TemplateSet {
  /** By the reference in the config. */
  readonly templates: ReadonlyMap<string, TemplateFile>;
  /** By the partial's name. */
  readonly partials: ReadonlyMap<string, TemplateFile>;
  /** The files that were read, as `followFiles` takes them. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Reads every template and partial of a config.
 *
 * @throws ConfigError with a problem for each that cannot be read, at its place in the config
 */
export async function readTemplates(loaded: LoadedConfig): Promise<TemplateSet> {
  const { problems, ...set } = await collectTemplates(loaded);
  if (problems.length > 0) throw new ConfigError('CONFIG_INVALID', problems, new Map([...loaded.files, ...set.files]));
  return set;
}

/**
 * Reads every template and partial of a config. A reference without slash and dot names a built-in template. Any other is a
 * path that counts from the directory of the config file. `problems` has one problem for each that cannot be read.
 */
export async function collectTemplates(
  loaded: LoadedConfig,
): Promise<TemplateSet & { readonly problems: readonly ConfigProblem[] }> {
  const reader = createFileReader();
  const templates = new Map<string, TemplateFile>();
  const partials = new Map<string, TemplateFile>();
  const problems: ConfigProblem[] = [];

  async function read(at: ConfigPath, name: string, path: string): Promise<TemplateFile | undefined> {
    const found = await reader.read(path);
    if ('text' in found) return { name, text: found.text, path };
    const hint = await suggest(name, path);
    const why = hint === undefined ? `cannot be read: ${found.why}` : 'no built-in template has this name';
    problems.push(loaded.locate(at, why, hint));
    return undefined;
  }

  for (const [name, path] of Object.entries(loaded.config.partials)) {
    const file = await read(['partials', name], path, path);
    if (file !== undefined) partials.set(name, file);
  }
  for (const { reference, at } of referencesOf(loaded)) {
    // Many targets may use one template.
    if (templates.has(reference)) continue;
    const path = isBuiltin(reference)
      ? join(builtinDirectory, `${reference}.hbs`)
      : resolve(loaded.directory, reference);
    const file = await read(at, isBuiltin(reference) ? reference : path, path);
    if (file !== undefined) templates.set(reference, file);
  }
  return { templates, partials, files: reader.seen, problems };
}

function referencesOf({ config, kinds }: LoadedConfig): { reference: string; at: ConfigPath }[] {
  return config.targets.flatMap((target, index) =>
    kinds
      .blocksOf(target)
      .flatMap(({ kind, options }) =>
        kind.templates(options).map(({ reference, at }) => ({ reference, at: ['targets', index, kind.key, ...at] })),
      ),
  );
}

function isBuiltin(reference: string): boolean {
  return !/[/.]/.test(reference);
}

async function suggest(name: string, path: string): Promise<string | undefined> {
  if (!isBuiltin(name)) return undefined;
  const builtins = (await readdir(builtinDirectory)).map((file) => basename(file, '.hbs')).sort();
  const near = nearest(name, builtins);
  const known =
    near === undefined ? `The built-in templates are: ${builtins.join(', ')}.` : `Did you mean \`${near}\`?`;
  return `${known} To name a file, write its extension or a slash: ./${basename(path)}`;
}
