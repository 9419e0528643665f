import { messageOf } from '../model/errors.js';
import type { Service } from '../model/instance.js';
import type { Quarantine, View } from '../model/view.js';
import { grammars, inferDialect } from './dialects/choose.js';
import type { Dialect } from './dialects/grammar.js';
import { createEngine, type EngineResult } from './engine/engine.js';
import { Failure, RefusedValue } from './engine/failure.js';
import { readHead } from './head.js';
import type { Omission } from '../model/left-out.js';
import { lintTemplate } from './lint/lint.js';
import type { SharedLints } from './lint/shared.js';
import { omissionsWith, readOmits } from './omits.js';
import { createProblem, TemplateError } from './problem.js';
import type { SourceText } from './problem.js';
import { describeView } from './shape.js';
import type { KnownConfig } from './shape.js';

/** The text of a template, and the settings of its use. */
export interface TemplateSource {
  /** Path or name of a built-in template; errors show it. */
  readonly name: string;
  readonly text: string;
  /** Default: the dialect of the head comment, else the one that `inferDialect` finds from `output` and `name`, else `none`. */
  readonly dialect?: Dialect;
  /** Texts of partials by the name in `{{> name}}`. */
  readonly partials?: Readonly<Record<string, string>>;
  /** `service`: the template is rendered once per service, and its root has the field `service`. */
  readonly scope: 'root' | 'service';
  /** Destination path; `inferDialect` reads it. */
  readonly output?: string;
  /** False when nothing is written to `output`: messages then do not name it. */
  readonly writesOutput?: boolean;
  /** The names that the config defines. Other names are then mistakes. */
  readonly known?: KnownConfig;
  /** The lints of the other templates of the config. Default: none. */
  readonly lints?: SharedLints;
}

export interface Rendered {
  /** Callers must not use the text when `rejected` is not empty. It is joined from `pieces` when it is read. */
  readonly text: string;
  /** The text in pieces. A piece that did not change since the last rendering is usually the same string object, so comparing is fast. */
  readonly pieces: readonly string[];
  /**
   * True: of the view, only the given service, `kv`, `vars`, `env` and `target` had a part in the result. While these are the same objects,
   * another rendering has the same result.
   */
  readonly isLocal: boolean;
  /** The instances and services that failed. The caller removes them from the view and renders again. One rendering finds all of them. */
  readonly rejected: readonly Quarantine[];
  /** Host names that the text does not contain, for the report. They do not make the text invalid. */
  readonly omitted: readonly Quarantine[];
}

/** A checked and compiled template. The same view gives the same text. */
export interface Template {
  readonly dialect: Dialect;
  /** What it leaves out of its outputs with these vars, as its head comment declares. Undeclared: nothing is known. */
  readonly omits: (vars: View['vars']) => readonly Omission[];
  /**
   * @param service required by templates of scope `service`.
   * @throws TemplateError `RENDER_FAILED` for a failure outside the body of an instance or a service.
   */
  render(view: View, service?: Service): Rendered;
}

/**
 * Checks a template and the partials that it calls against the type of the view, and compiles it.
 * @throws TemplateError `TEMPLATE_INVALID` with every problem.
 */
export function compileTemplate(source: TemplateSource): Template {
  const file = { file: source.name, text: source.text };
  const head = readHead(file);
  const omits = readOmits(file);
  const dialect = source.dialect ?? head.dialect ?? inferDialect(source.output, source.name);
  return {
    dialect,
    omits: (vars) => omissionsWith(omits, { ...head.defaults, ...vars }),
    render: compileFor(source, dialect),
  };
}

/** Does the same for a given dialect. `path` is the dialect of destination paths. */
export function compileFor(source: TemplateSource, dialect: Dialect | 'path'): Template['render'] {
  const file: SourceText = { file: source.name, text: source.text };
  const { vars, defaults, problems: mistakes } = readHead(file);
  const problems = [...mistakes, ...readOmits(file).problems];
  const { name, text, scope, partials, known = {}, lints } = source;
  const lint = (): ReturnType<typeof lintTemplate> =>
    lintTemplate({
      source: file,
      partials: new Map(Object.entries(partials ?? {}).map(([each, its]) => [each, { file: each, text: its }])),
      grammar: grammars[dialect],
      root: describeView(scope, known, vars),
      known,
    });
  const linted = lints ? lints.of({ name, text, dialect, scope, partials, known }, lint) : lint();
  if (!('program' in linted)) throw new TemplateError('TEMPLATE_INVALID', [...problems, ...linted]);
  if (problems.length > 0) throw new TemplateError('TEMPLATE_INVALID', problems);
  const engine = createEngine(linted);
  const varsOf = mergeVars(defaults);
  return (view, service) => {
    if ((service === undefined) === (source.scope === 'service'))
      throw new TypeError(
        `${source.name} must be rendered for ${source.scope === 'root' ? 'the whole view' : 'one service'}`,
      );
    const { services, kv, env, target } = view;
    const vars = varsOf(view);
    const root = service ? { services, kv, env, target, vars, service } : { services, kv, env, target, vars };
    try {
      return new RenderedText(engine(view, root, service));
    } catch (error) {
      throw explainFailure(source, error);
    }
  };
}

class RenderedText implements Rendered {
  readonly pieces: readonly string[];
  readonly isLocal: boolean;
  readonly rejected: readonly Quarantine[];
  readonly omitted: readonly Quarantine[];

  constructor({ pieces, isLocal, rendering }: EngineResult) {
    this.pieces = pieces;
    this.isLocal = isLocal;
    this.rejected = rendering.rejected;
    this.omitted = rendering.omitted;
  }

  get text(): string {
    return this.pieces.join('');
  }
}

/** The vars of a view over the defaults of the template. The files of a fan-out share the last result. */
function mergeVars(defaults: View['vars']): (view: View) => View['vars'] {
  let last: { readonly of: View['vars']; readonly merged: View['vars'] } | undefined;
  return ({ vars }) => {
    if (last?.of !== vars) last = { of: vars, merged: { ...defaults, ...vars } };
    return last.merged;
  };
}

function explainFailure(
  { name, text, partials = {}, output, writesOutput = true }: TemplateSource,
  error: unknown,
): TemplateError {
  const failure = error instanceof Failure ? error : undefined;
  const [, file = name, line = '1', column = '1'] = /^(.*):(\d+):(\d+)$/s.exec(failure?.at ?? '') ?? [];
  const hint = failure?.hint ?? (failure instanceof RefusedValue ? failure.advice : undefined);
  const source = { file, text: file === name ? text : (partials[file] ?? '') };
  const at = { line: Number(line), column: Number(column) - 1 };
  const where = output === undefined || !writesOutput ? undefined : `The output is ${output}`;
  const message = [messageOf(error), failure?.origin, where].filter((part) => part !== undefined).join('. ');
  return new TemplateError('RENDER_FAILED', [createProblem(source, at, message, hint)], { cause: error });
}
