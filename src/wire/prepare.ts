import { loadConfig, type LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { ConfigError } from '../config/problem.js';
import { readTemplates, type TemplateSet } from '../config/templates.js';
import { compilePath, type PathTemplate } from '../render/path.js';
import { TemplateError, type TemplateProblem } from '../render/problem.js';
import type { Known } from '../render/shape.js';
import { compileTemplate, type Template } from '../render/template.js';

type TargetConfig = Config['targets'][number];
type FileConfig = NonNullable<TargetConfig['files']>[number];

/** A config that was read, checked and compiled: everything that can be known to be wrong before anything runs is right. */
export interface Prepared {
  readonly loaded: LoadedConfig;
  /** By the entry of a `files` block. */
  readonly compiled: ReadonlyMap<FileConfig, { readonly template: Template; readonly path?: PathTemplate }>;
}

/**
 * @param file absolute path of the config
 * @param seen takes every file that was read, with its digest, as `followFiles` takes them; also when this throws
 * @throws RollcallError `CONFIG_NOT_FOUND`; ConfigError or TemplateError with every problem of its kind
 */
export async function prepareConfig(file: string, seen = new Map<string, string>()): Promise<Prepared> {
  try {
    const loaded = await loadConfig(file);
    for (const [path, digest] of loaded.files) seen.set(path, digest);
    const set = await readTemplates(loaded);
    for (const [path, digest] of set.files) seen.set(path, digest);
    return { loaded, compiled: compileAll(loaded.config, set) };
  } catch (error) {
    if (error instanceof ConfigError) for (const [path, digest] of error.files) seen.set(path, digest);
    throw error;
  }
}

function compileAll(config: Config, set: TemplateSet): Prepared['compiled'] {
  const compiled = new Map<FileConfig, { template: Template; path?: PathTemplate }>();
  const problems: TemplateProblem[] = [];

  function attempt<T>(compile: () => T): T | undefined {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  }

  for (const [at, target] of config.targets.entries()) {
    const known = knownTo(config, target);
    for (const [index, entry] of (target.files ?? []).entries()) {
      const template = attempt(() => compileTemplate(templateSource(entry, set, known)));
      const name = `targets[${at}].files[${index}].path`;
      const path = entry.forEach && attempt(() => compilePath({ name, text: entry.path, known }));
      if (template) compiled.set(entry, { template, ...(path && { path }) });
    }
  }
  if (problems.length > 0) throw new TemplateError('TEMPLATE_INVALID', distinct(problems));
  return compiled;
}

/** Names of the sources that a target is made from. */
export function sourcesOf(config: Config, target: TargetConfig): readonly string[] {
  return target.sources ?? config.sources.map(({ name }) => name);
}

/** The config's `vars`, the target's own over them. */
export function varsOf(config: Config, target: TargetConfig): Readonly<Record<string, unknown>> {
  return { ...config.vars, ...target.vars };
}

function knownTo(config: Config, target: TargetConfig): Known {
  const names = sourcesOf(config, target);
  const raw = config.sources.filter(({ name, format }) => format.name === 'raw' && names.includes(name));
  return { env: config.env, vars: varsOf(config, target), raw: raw.map(({ name }) => name) };
}

function templateSource(entry: FileConfig, { templates, partials }: TemplateSet, known: Known) {
  const { name, text } = templates.get(entry.template) ?? { name: entry.template, text: '' };
  return {
    name,
    text,
    ...(entry.dialect && { dialect: entry.dialect }),
    partials: Object.fromEntries([...partials].map(([partial, file]) => [partial, file.text])),
    scope: entry.forEach ?? ('root' as const),
    output: entry.path,
    known,
  };
}

/** One template in several targets is wrong in one place. */
function distinct(problems: readonly TemplateProblem[]): TemplateProblem[] {
  const key = ({ file, line, column, message }: TemplateProblem) => `${file}:${line}:${column}:${message}`;
  return [...new Map(problems.map((problem) => [key(problem), problem])).values()];
}
