import type { Program } from '../ast.js';
import type { Grammar, Measure } from '../dialects/grammar.js';
import { ending, initialState } from '../dialects/state.js';
import { explainGoSyntax } from '../go/explain.js';
import { parseTemplate, positionAt } from '../parse.js';
import type { SourceText, TemplateProblem } from '../problem.js';
import type { KnownConfig } from '../shape.js';
import type { Struct } from '../types.js';
import { report } from './report.js';
import type { BodySite, Findings, ValueSite } from './report.js';
import type { Scope } from './scope.js';
import { walkProgram } from './walk.js';

/** A template without mistakes. The lint has set the indexes of its values and bodies, and the ids of its copies of partials. */
export interface Linted {
  readonly program: Program;
  /** By `Partial.copyId`. */
  readonly partials: ReadonlyMap<string, Program>;
  /** By `Mustache.valueIndex`. */
  readonly valueSites: readonly ValueSite[];
  readonly bodies: readonly BodySite[];
  /** The whole template, as the body of one service in a template with scope `service`. */
  readonly whole: BodySite;
  /** The size limit of the consumer; undefined when it has none. */
  readonly measure: Measure | undefined;
  readonly argumentTexts: ReadonlyMap<string, readonly string[]>;
}

export interface LintOptions {
  readonly source: SourceText;
  /** By name. */
  readonly partials: ReadonlyMap<string, SourceText>;
  readonly grammar: Grammar;
  readonly root: Struct;
  readonly known: KnownConfig;
}

/** Checks a template and all partials that it calls. Returns the linted template, or all problems in order. */
export function lintTemplate(options: LintOptions): Linted | readonly TemplateProblem[] {
  const { source, partials, grammar, root, known } = options;
  const program = parseTemplate(source);
  if (!('body' in program)) return explainGoSyntax(source, [program], false);
  const findings: Findings = {
    grammar,
    known,
    files: partials,
    problems: new Map(),
    valueSites: [],
    bodies: [],
    argumentTexts: new Map(),
    partials: new Map(),
    active: [],
    inlines: new Map(),
    usedInlines: new Set(),
    unparsed: new Set(),
  };
  const scope: Scope = { source, contexts: [root], root, blockParams: new Map(), loops: [], inlines: new Map() };
  const end = walkProgram(findings, scope, program, initialState, '');
  if (end.mode === 'double' || end.mode === 'single' || end.mode === 'opaque')
    report(findings, scope, positionAt(source.text, source.text.length), `the template ends ${ending(end)}`);
  for (const [body, { name, at, scope: home }] of findings.inlines)
    if (!findings.usedInlines.has(body)) report(findings, home, at, `the inline partial "${name}" is never called`);
  if (findings.problems.size > 0) {
    const files = new Map([source, ...partials.values()].map((file) => [file.file, file]));
    const all = [...findings.problems.values()];
    const explained = [...new Set(all.map(({ file }) => file))].flatMap((name) => {
      const problems = all.filter(({ file }) => file === name);
      const file = files.get(name);
      return file === undefined ? problems : explainGoSyntax(file, problems, !findings.unparsed.has(name));
    });
    return explained.sort(comparePositions);
  }
  const copies = [...findings.partials.values()].map(({ id, program }) => [id, program] as const);
  const { valueSites, bodies, argumentTexts } = findings;
  const whole: BodySite = { at: `${source.file}:1:1`, from: 'bare', before: '', after: '', inline: false };
  return {
    program,
    whole,
    partials: new Map(copies),
    valueSites,
    bodies,
    measure: grammar.measure,
    argumentTexts,
  };
}

function comparePositions(a: TemplateProblem, b: TemplateProblem): number {
  return Number(a.file > b.file) - Number(a.file < b.file) || a.line - b.line || a.column - b.column;
}
