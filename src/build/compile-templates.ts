import { isDeepStrictEqual } from 'node:util';
import type { LoadedConfig } from '../config/load.js';
import type { ConfigProblem } from '../config/problem.js';
import type { Config, TargetConfig } from '../config/schema.js';
import { sourcesOf, varsOf } from '../config/target-inputs.js';
import type { TemplateSet } from '../config/templates.js';
import { createSharedLints, type SharedLints } from '../render/lint/shared.js';
import { compilePath } from '../render/path.js';
import { TemplateError, type TemplateProblem } from '../render/problem.js';
import type { KnownConfig } from '../render/shape.js';
import type { SetBy } from '../render/types.js';
import { compileTemplate, type Template } from '../render/template.js';
import type { TemplateUse } from '../targets/kind.js';
import type { CompiledTemplate } from '../targets/maker.js';
import { checkVars, type PlacedUse, type VarsCheck } from './check-vars.js';

/** The compiled templates of each target, by its name: in the order of `TargetKind.templates`. */
export type CompiledTargets = ReadonlyMap<string, readonly CompiledTemplate[]>;

/** A config to compile: a loaded one, or one that was made for a dry run. */
export interface CompilableConfig extends LoadedConfig {
  /** The files that set `vars` and `env` instead of the config: hints name them. */
  readonly setIn?: KnownConfig['files'];
  /** Of a template that is rendered without a target: the targets that set each var, which do not count. */
  readonly setBy?: SetBy;
  /** False when the paths of its outputs were made up: messages do not name them. */
  readonly writesOutputs?: boolean;
  /** Absent: the config is the whole file. */
  readonly varNames?: VarsCheck['names'];
}

/** The result of compiling a config. */
export interface Compilation {
  /** Incomplete when there is a problem: use it only if there is none. */
  readonly compiled: CompiledTargets;
  /** Problems of path patterns and of `vars` in the config. */
  readonly settings: readonly ConfigProblem[];
  /** Problems of templates, each once. */
  readonly templates: readonly TemplateProblem[];
}

/**
 * Compiles every template and path pattern of a config.
 *
 * @param unsure top-level keys of the config that are incomplete: templates are not checked against them
 */
export function compileAll(
  { config, kinds, locate, setIn, setBy, writesOutputs = true, varNames = 'all' }: CompilableConfig,
  set: TemplateSet,
  unsure: ReadonlySet<string> = new Set(),
): Compilation {
  const compiled = new Map<string, readonly CompiledTemplate[]>();
  const templates = new Map<string, TemplateProblem>();
  const settings: ConfigProblem[] = [];
  const allUses: PlacedUse[][] = [];
  const lints = createSharedLints(isDeepStrictEqual);

  for (const [index, target] of config.targets.entries()) {
    const known = { ...knownTo(config, target, unsure), ...(setIn && { files: setIn }), ...(setBy && { setBy }) };
    const placed = kinds
      .blocksOf(target)
      .flatMap(({ kind, options }) =>
        kind.templates(options).map((use): PlacedUse => ({ use, block: ['targets', index, kind.key] })),
      );
    allUses.push(placed);
    const uses = placed.flatMap(({ use, block }) => {
      const template = attempt(
        () => compileUse(use, { config, set, lints }, known, writesOutputs),
        (problem) => {
          // A problem of a template that several targets use is reported once.
          templates.set(`${problem.file}:${problem.line}:${problem.column}:${problem.message}`, problem);
        },
      );
      const { path: pattern } = use;
      const path =
        pattern &&
        attempt(
          () => compilePath({ name: pattern.text, text: pattern.text, known }),
          ({ message, hint }) => {
            settings.push(locate([...block, ...pattern.at], message, hint));
          },
        );
      const { omits } = template ?? {};
      return template
        ? [{ template, name: use.reference, dialect: template.dialect, ...(omits && { omits }), ...(path && { path }) }]
        : [];
    });
    compiled.set(target.name, uses);
  }
  const complete = !unsure.has('vars') && !unsure.has('targets');
  const names = complete ? varNames : 'none';
  settings.push(...checkVars({ config, set, uses: allUses, names, complete, setIn: setIn?.vars, setBy, locate }));
  return { compiled, settings, templates: [...templates.values()] };
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

function compileUse(
  use: TemplateUse,
  { config, set, lints }: { readonly config: Config; readonly set: TemplateSet; readonly lints: SharedLints },
  known: KnownConfig,
  writesOutput: boolean,
): Template | undefined {
  const file = set.templates.get(use.reference);
  if (!file) return undefined;
  const partials = Object.keys(config.partials).map((name) => [name, set.partials.get(name)?.text ?? ''] as const);
  return compileTemplate({
    name: file.name,
    text: file.text,
    ...(use.dialect && { dialect: use.dialect }),
    partials: Object.fromEntries(partials),
    scope: use.scope,
    output: use.output,
    writesOutput,
    known,
    lints,
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
