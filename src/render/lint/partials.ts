import type { Partial, Program } from '../ast.js';
import { unknownMark } from '../dialects/marks.js';
import { forgetCommands } from '../dialects/shell-frames.js';
import { ending, joinStates, keyOfState } from '../dialects/state.js';
import type { State } from '../dialects/state.js';
import { parseTemplate } from '../parse.js';
import type { SourceText } from '../problem.js';
import { any, describeType, extendStruct, keyOf } from '../types.js';
import type { Type } from '../types.js';
import { typeOfExpression, typesOfHash } from './calls.js';
import { suggest } from './paths.js';
import { formatPosition, report } from './report.js';
import type { Findings, SpecialisedPartial, Walk } from './report.js';
import { enterPartial } from './scope.js';
import type { InlinePartial, Scope } from './scope.js';

/**
 * Checks a partial in the context of one call, and sets the call's `copyId`. Each combination of context and output state has its own copy,
 * because the same partial can be called inside and outside quotes.
 */
export function walkPartial(findings: Findings, scope: Scope, node: Partial, state: State, walk: Walk): State {
  const name = nameOf(node);
  const context = contextOf(findings, scope, node);
  if (name === undefined) {
    report(
      findings,
      scope,
      node.loc.start,
      'the name of a partial must be literal',
      'Use {{#if}} to choose between partials.',
    );
    return state;
  }
  const definition = scope.inlines.get(name) ?? findings.files.get(name);
  if (definition === undefined) {
    const names = [...scope.inlines.keys(), ...findings.files.keys()];
    const hint = suggest(name, names) ?? `Name its file in the config: partials: {${name}: ./${name}.hbs}.`;
    report(findings, scope, node.name.loc.start, `there is no partial "${name}"`, hint);
    return state;
  }
  const specialised = specialise(findings, scope, node, { name, definition, context, state }, walk);
  if (specialised === undefined) return state;
  node.copyId = specialised.id;
  const { exit } = specialised;
  return { ...exit, indent: state.indent, line: exit.line === exit.indent ? state.indent : exit.line };
}

function nameOf({ name }: Partial): string | undefined {
  if (name.type === 'StringLiteral') return name.value;
  if (name.type === 'NumberLiteral') return String(name.value);
  return name.type === 'PathExpression' && !name.data && name.depth === 0 ? name.original : undefined;
}

function contextOf(findings: Findings, scope: Scope, node: Partial): Type {
  const [param] = node.params;
  if (node.params.length > 1)
    report(
      findings,
      scope,
      node.loc.start,
      `a partial takes one context, not ${node.params.length}`,
      'Pass further values by name: name=value.',
    );
  const base = param === undefined ? scope.contexts[0] : typeOfExpression(findings, scope, param);
  if (node.hash === undefined) return base;
  const added = typesOfHash(findings, scope, node.hash);
  if (base.kind === 'struct') return extendStruct(base, added);
  if (base.kind !== 'any' && base.kind !== 'map')
    report(
      findings,
      scope,
      node.loc.start,
      `values cannot be added to ${describeType(base)}`,
      'Give the partial an object as its context: {{> name @root value=…}}.',
    );
  return any;
}

interface PartialCall {
  readonly name: string;
  readonly definition: InlinePartial | SourceText;
  readonly context: Type;
  readonly state: State;
}

function specialise(
  findings: Findings,
  scope: Scope,
  node: Partial,
  { name, definition, context, state }: PartialCall,
  walk: Walk,
): SpecialisedPartial | undefined {
  const identity =
    'program' in definition ? formatPosition(definition.scope.source.file, definition.at) : definition.file;
  const depth = findings.active.filter((active) => active === identity).length;
  const entry = enterState(state, node.indent ?? '', depth > 0);
  const inner = enterPartial(scope, definition, context, formatPosition(scope.source.file, node.loc.start));
  const key = [name, identity, keyOf(context), inner.loops.map(keyOf).join(), keyOfState(entry)].join('\n');
  const done = findings.partials.get(key);
  if (done !== undefined) return done;
  if (depth >= maxRecursion) {
    report(findings, scope, node.loc.start, `the partial "${name}" calls itself with more values each time`);
    return undefined;
  }
  const program = 'program' in definition ? structuredClone(definition.program) : parseFile(findings, definition);
  if (program === undefined) return undefined;
  if ('program' in definition) findings.usedInlines.add(definition.program);
  const made: SpecialisedPartial = { id: `${name}#${findings.partials.size}`, program, exit: entry };
  findings.partials.set(key, made);
  findings.active.push(identity);
  const exit = walk(findings, inner, program, entry, unknownMark);
  findings.active.pop();
  const joined = joinStates(exit, entry);
  if (typeof joined === 'string') {
    const at = program.body[0]?.loc.start ?? { line: 1, column: 0 };
    report(
      findings,
      inner,
      at,
      `a partial must end in the context in which it begins: this one begins ${ending(entry)} and ends ${ending(exit)}`,
    );
  } else made.exit = exit;
  return made;
}

/** A partial that calls itself with so many different contexts would not terminate. */
const maxRecursion = 10;

/** The output state at a partial's beginning. In a recursive call, the parts that grow with the depth are removed. */
function enterState(state: State, added: string, recursive: boolean): State {
  const indent = state.indent + added;
  const line = state.line + added;
  if (!recursive) return { ...state, indent, line };
  const mode = state.mode === 'block' ? 'lost' : state.mode;
  const command = forgetCommands(state.command);
  return { ...state, mode, command, indent: '', line: line === indent ? '' : unknownMark };
}

function parseFile(findings: Findings, source: SourceText): Program | undefined {
  const parsed = parseTemplate(source);
  if ('body' in parsed) return parsed;
  findings.unparsed.add(source.file);
  findings.problems.set(`${parsed.file}:${parsed.line}:${parsed.column}`, parsed);
  return undefined;
}
