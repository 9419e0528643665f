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
import { placeOf, report } from './report.js';
import type { Ledger, Specialised, Walk } from './report.js';
import { enterPartial } from './scope.js';
import type { Inline, Scope } from './scope.js';

/**
 * Checks a partial in the context that it is called in, and makes the call refer to a copy of it made for that context
 * and that kind of place: the same partial may be written in quotes here and bare there.
 */
export function walkPartial(ledger: Ledger, scope: Scope, node: Partial, state: State, walk: Walk): State {
  const name = nameOf(node);
  const context = contextOf(ledger, scope, node);
  if (name === undefined) {
    report(
      ledger,
      scope,
      node.loc.start,
      'the name of a partial must be written out',
      'Choose between partials with {{#if}}.',
    );
    return state;
  }
  const definition = scope.inlines.get(name) ?? ledger.files.get(name);
  if (definition === undefined) {
    const names = [...scope.inlines.keys(), ...ledger.files.keys()];
    const hint = suggest(name, names) ?? `Name its file in the config: partials: {${name}: ./${name}.hbs}.`;
    report(ledger, scope, node.name.loc.start, `there is no partial "${name}"`, hint);
    return state;
  }
  const specialised = specialise(ledger, scope, node, { name, definition, context, state }, walk);
  if (specialised === undefined) return state;
  node.called = specialised.id;
  const { exit } = specialised;
  return { ...exit, indent: state.indent, line: exit.line === exit.indent ? state.indent : exit.line };
}

function nameOf({ name }: Partial): string | undefined {
  if (name.type === 'StringLiteral') return name.value;
  if (name.type === 'NumberLiteral') return String(name.value);
  return name.type === 'PathExpression' && !name.data && name.depth === 0 ? name.original : undefined;
}

function contextOf(ledger: Ledger, scope: Scope, node: Partial): Type {
  const [param] = node.params;
  if (node.params.length > 1)
    report(
      ledger,
      scope,
      node.loc.start,
      `a partial takes one context, not ${node.params.length}`,
      'Pass further values by name: name=value.',
    );
  const base = param === undefined ? scope.contexts[0] : typeOfExpression(ledger, scope, param);
  if (node.hash === undefined) return base;
  const added = typesOfHash(ledger, scope, node.hash);
  if (base.kind === 'struct') return extendStruct(base, added);
  if (base.kind !== 'any' && base.kind !== 'map')
    report(
      ledger,
      scope,
      node.loc.start,
      `values cannot be added to ${describeType(base)}`,
      'Give the partial another context first: {{> name this=…}} is not possible, {{> name @root value=…}} is.',
    );
  return any;
}

interface PartialCall {
  readonly name: string;
  readonly definition: Inline | SourceText;
  readonly context: Type;
  readonly state: State;
}

function specialise(
  ledger: Ledger,
  scope: Scope,
  node: Partial,
  { name, definition, context, state }: PartialCall,
  walk: Walk,
): Specialised | undefined {
  const identity = 'program' in definition ? placeOf(definition.scope.source.file, definition.at) : definition.file;
  const depth = ledger.active.filter((active) => active === identity).length;
  const entry = enterState(state, node.indent ?? '', depth > 0);
  const inner = enterPartial(scope, definition, context, placeOf(scope.source.file, node.loc.start));
  const key = [name, identity, keyOf(context), inner.loops.map(keyOf).join(), keyOfState(entry)].join('\n');
  const done = ledger.partials.get(key);
  if (done !== undefined) return done;
  if (depth >= deepestRecursion) {
    report(ledger, scope, node.loc.start, `the partial "${name}" calls itself with ever more values`);
    return undefined;
  }
  const program = 'program' in definition ? structuredClone(definition.program) : parseFile(ledger, definition);
  if (program === undefined) return undefined;
  if ('program' in definition) ledger.usedInlines.add(definition.program);
  const made: Specialised = { id: `${name}#${ledger.partials.size}`, program, exit: entry };
  ledger.partials.set(key, made);
  ledger.active.push(identity);
  const exit = walk(ledger, inner, program, entry, unknownMark);
  ledger.active.pop();
  const joined = joinStates(exit, entry);
  if (typeof joined === 'string') {
    const at = program.body[0]?.loc.start ?? { line: 1, column: 0 };
    report(ledger, inner, at, `a partial must end as it begins, ${ending(entry)}, and this one ends ${ending(exit)}`);
  } else made.exit = exit;
  return made;
}

/** A call of itself that differs from the one before in more ways than this is not going to stop. */
const deepestRecursion = 10;

/** The state at a partial's beginning. In a call of itself, what grows with the depth is forgotten. */
function enterState(state: State, added: string, recursive: boolean): State {
  const indent = state.indent + added;
  const line = state.line + added;
  if (!recursive) return { ...state, indent, line };
  const mode = state.mode === 'block' ? 'lost' : state.mode;
  const command = forgetCommands(state.command);
  return { ...state, mode, command, indent: '', line: line === indent ? '' : unknownMark };
}

function parseFile(ledger: Ledger, source: SourceText): Program | undefined {
  const parsed = parseTemplate(source);
  if ('body' in parsed) return parsed;
  ledger.problems.set(`${parsed.file}:${parsed.line}:${parsed.column}`, parsed);
  return undefined;
}
