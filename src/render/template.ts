import { messageOf } from '../model/errors.js';
import type { Service } from '../model/instance.js';
import type { Quarantine, View } from '../model/view.js';
import { grammars, inferDialect } from './dialects/choose.js';
import type { Dialect } from './dialects/grammar.js';
import { createEngine } from './engine/engine.js';
import { Failure } from './engine/failure.js';
import { readHead } from './head.js';
import { lintTemplate } from './lint/lint.js';
import { createProblem, TemplateError } from './problem.js';
import type { SourceText } from './problem.js';
import { describeView } from './shape.js';
import type { Known } from './shape.js';

/** A template as text, and what is known of where it is used. */
export interface TemplateSource {
  /** Path or name of a built-in template: what errors show. */
  readonly name: string;
  readonly text: string;
  /** Default: what the head comment says, else what `output` and `name` suggest, else `none`. */
  readonly dialect?: Dialect;
  /** Texts by the name that `{{> name}}` uses. */
  readonly partials?: Readonly<Record<string, string>>;
  /** `service`: rendered once per service, which is `service` in its root. */
  readonly scope: 'root' | 'service';
  /** Destination path, for the dialect. */
  readonly output?: string;
  /** What the config says; names that it lacks are then mistakes. */
  readonly known?: Known;
}

export interface Rendered {
  /** Not to be used when anything was rejected. */
  readonly text: string;
  /** What broke this output: to be removed from the view, and the view to be rendered again. All found in one pass. */
  readonly rejected: readonly Quarantine[];
}

/** A template that was checked and compiled. Same view, same text. */
export interface Template {
  readonly dialect: Dialect;
  /**
   * @param service required by templates of scope `service`.
   * @throws TemplateError `RENDER_FAILED` for what is no instance's and no service's fault.
   */
  render(view: View, service?: Service): Rendered;
}

/**
 * Checks a template and the partials that it calls against the view, and compiles it.
 * @throws TemplateError `TEMPLATE_INVALID` with every problem.
 */
export function compileTemplate(source: TemplateSource): Template {
  const head = readHead({ file: source.name, text: source.text });
  const dialect = source.dialect ?? head.dialect ?? inferDialect(source.output, source.name);
  return { dialect, render: compileFor(source, dialect) };
}

/** The same for any dialect, that of paths too. */
export function compileFor(source: TemplateSource, dialect: Dialect | 'path'): Template['render'] {
  const file: SourceText = { file: source.name, text: source.text };
  const { defaults, problems } = readHead(file);
  const known = source.known ?? {};
  const linted = lintTemplate({
    source: file,
    partials: new Map(Object.entries(source.partials ?? {}).map(([name, text]) => [name, { file: name, text }])),
    grammar: grammars[dialect],
    root: describeView(source.scope, known, defaults),
    known,
  });
  if (!('program' in linted)) throw new TemplateError('TEMPLATE_INVALID', [...problems, ...linted]);
  if (problems.length > 0) throw new TemplateError('TEMPLATE_INVALID', problems);
  const engine = createEngine(linted);
  return (view, service) => {
    if ((service === undefined) === (source.scope === 'service'))
      throw new TypeError(
        `${source.name} is rendered for ${source.scope === 'root' ? 'the whole view' : 'one service'}`,
      );
    const context = { ...view, vars: { ...defaults, ...view.vars }, ...(service && { service }) };
    try {
      const { text, run } = engine(view, context, service);
      return { text, rejected: run.rejected };
    } catch (error) {
      throw explainFailure(file, source.partials ?? {}, error);
    }
  };
}

function explainFailure(file: SourceText, partials: Readonly<Record<string, string>>, error: unknown): TemplateError {
  const [, name = file.file, line = '1', column = '1'] =
    error instanceof Failure ? (/^(.*):(\d+):(\d+)$/s.exec(error.at) ?? []) : [];
  const text = name === file.file ? file.text : (partials[name] ?? '');
  const at = { line: Number(line), column: Number(column) - 1 };
  const hint = error instanceof Failure ? error.hint : undefined;
  return new TemplateError('RENDER_FAILED', [createProblem({ file: name, text }, at, messageOf(error), hint)], {
    cause: error,
  });
}
