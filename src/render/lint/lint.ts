import type { Program } from '../ast.js';
import type { Grammar, Measure } from '../dialects/grammar.js';
import { ending, initialState } from '../dialects/state.js';
import { parseTemplate, positionAt } from '../parse.js';
import type { SourceText, TemplateProblem } from '../problem.js';
import type { Known } from '../shape.js';
import type { Struct } from '../types.js';
import { report } from './report.js';
import type { BodySite, Ledger, PlaceSite } from './report.js';
import type { Scope } from './scope.js';
import { walkProgram } from './walk.js';

/** A template that may be run: its values know their places, its blocks whom to blame, its partials their copies. */
export interface Linted {
  readonly program: Program;
  /** By the id that the calls in the programs carry. */
  readonly partials: ReadonlyMap<string, Program>;
  /** By `Mustache.place`. */
  readonly places: readonly PlaceSite[];
  readonly bodies: readonly BodySite[];
  /** The whole template, as the body of the service that it is rendered for. */
  readonly whole: BodySite;
  /** What the consumer takes at once; absent where it sets no limit. */
  readonly measure: Measure | undefined;
  readonly argumentTexts: ReadonlyMap<string, readonly string[]>;
}

export interface LintOptions {
  readonly source: SourceText;
  /** By name. */
  readonly partials: ReadonlyMap<string, SourceText>;
  readonly grammar: Grammar;
  readonly root: Struct;
  readonly known: Known;
}

/** Checks a template and all partials that it calls. Either it may be run, or these are all its problems, in order. */
export function lintTemplate(options: LintOptions): Linted | readonly TemplateProblem[] {
  const { source, partials, grammar, root, known } = options;
  const program = parseTemplate(source);
  if (!('body' in program)) return [program];
  const ledger: Ledger = {
    grammar,
    known,
    files: partials,
    problems: new Map(),
    places: [],
    bodies: [],
    argumentTexts: new Map(),
    partials: new Map(),
    active: [],
    inlines: new Map(),
    usedInlines: new Set(),
  };
  const scope: Scope = { source, contexts: [root], root, blockParams: new Map(), loops: [], inlines: new Map() };
  const end = walkProgram(ledger, scope, program, initialState, '');
  if (end.mode === 'double' || end.mode === 'single' || end.mode === 'opaque')
    report(ledger, scope, positionAt(source.text, source.text.length), `the template ends ${ending(end)}`);
  for (const [body, { name, at, scope: home }] of ledger.inlines)
    if (!ledger.usedInlines.has(body)) report(ledger, home, at, `the inline partial "${name}" is never called`);
  if (ledger.problems.size > 0) return [...ledger.problems.values()].sort(byPlace);
  const copies = [...ledger.partials.values()].map(({ id, program }) => [id, program] as const);
  const { places, bodies, argumentTexts } = ledger;
  const whole: BodySite = { at: `${source.file}:1:1`, from: 'bare', before: '', after: '', inline: false };
  return { program, whole, partials: new Map(copies), places, bodies, measure: grammar.measure, argumentTexts };
}

function byPlace(a: TemplateProblem, b: TemplateProblem): number {
  return Number(a.file > b.file) - Number(a.file < b.file) || a.line - b.line || a.column - b.column;
}
