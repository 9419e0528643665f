import type { LoadedConfig } from '../config/load.js';
import type { ConfigProblem } from '../config/problem.js';
import type { Config } from '../config/schema.js';
import type { TemplateSet } from '../config/templates.js';
import { compilePath, type PathTemplate } from '../render/path.js';
import { TemplateError, type TemplateProblem } from '../render/problem.js';
import type { KnownConfig } from '../render/shape.js';
import { compileTemplate, type Template } from '../render/template.js';

type TargetConfig = Config['targets'][number];
type FileConfig = NonNullable<TargetConfig['files']>[number];

/** What the entries of `files` blocks are made with. */
export type Compiled = ReadonlyMap<FileConfig, { readonly template: Template; readonly path?: PathTemplate }>;

/** A config, or the config that a fixture stands for. */
export interface StagedConfig extends LoadedConfig {
  /** The files that set `vars` and `env` in its place: what hints name. */
  readonly setIn?: KnownConfig['files'];
}

export interface Compilation {
  /** Without the entries that something is wrong with, or whose template could not be read. */
  readonly compiled: Compiled;
  /** What is wrong with `path` patterns of the config, and with templates; each once. */
  readonly paths: readonly ConfigProblem[];
  readonly templates: readonly TemplateProblem[];
}

/**
 * Compiles every template and path pattern of a config.
 *
 * @param unsure top-level keys of the config that are not known whole: what they name cannot be held against a template
 */
export function compileAll(
  { config, locate, setIn }: StagedConfig,
  set: TemplateSet,
  unsure: ReadonlySet<string> = new Set(),
): Compilation {
  const compiled = new Map<FileConfig, { template: Template; path?: PathTemplate }>();
  const templates = new Map<string, TemplateProblem>();
  const paths: ConfigProblem[] = [];

  for (const [at, target] of config.targets.entries()) {
    const known = { ...knownTo(config, target, unsure), ...(setIn && { files: setIn }) };
    for (const [index, entry] of (target.files ?? []).entries()) {
      const template = attempt(
        () => compileFile(entry, config, set, known),
        (problem) => {
          // One template in several targets is wrong in one place.
          templates.set(`${problem.file}:${problem.line}:${problem.column}:${problem.message}`, problem);
        },
      );
      const path =
        entry.forEach &&
        attempt(
          () => compilePath({ name: entry.path, text: entry.path, known }),
          ({ message, hint }) => {
            paths.push(locate(['targets', at, 'files', index, 'path'], message, hint));
          },
        );
      if (template) compiled.set(entry, { template, ...(path && { path }) });
    }
  }
  return { compiled, paths, templates: [...templates.values()] };
}

function attempt<T>(compile: () => T, onProblem: (problem: TemplateProblem) => void): T | undefined {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    error.problems.forEach(onProblem);
    return undefined;
  }
}

function compileFile(entry: FileConfig, config: Config, set: TemplateSet, known: KnownConfig): Template | undefined {
  const file = set.templates.get(entry.template);
  if (!file) return undefined;
  const partials = Object.keys(config.partials).map((name) => [name, set.partials.get(name)?.text ?? ''] as const);
  return compileTemplate({
    name: file.name,
    text: file.text,
    ...(entry.dialect && { dialect: entry.dialect }),
    partials: Object.fromEntries(partials),
    scope: entry.forEach ?? 'root',
    output: entry.path,
    known,
  });
}

function knownTo(config: Config, target: TargetConfig, unsure: ReadonlySet<string>): KnownConfig {
  const names = sourcesOf(config, target);
  const raw = config.sources.filter(({ name, format }) => format.name === 'raw' && names.includes(name));
  return {
    ...(!unsure.has('env') && { env: config.env }),
    ...(!unsure.has('vars') && { vars: varsOf(config, target) }),
    ...(!unsure.has('sources') && { raw: raw.map(({ name }) => name) }),
  };
}

/** Names of the sources that a target is made from. */
export function sourcesOf(config: Config, target: TargetConfig): readonly string[] {
  return target.sources ?? config.sources.map(({ name }) => name);
}

/** The config's `vars`, the target's own over them. */
export function varsOf(config: Config, target: TargetConfig): Readonly<Record<string, unknown>> {
  return { ...config.vars, ...target.vars };
}
