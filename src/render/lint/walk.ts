import { simpleName } from '../ast.js';
import type { DecoratorBlock, Mustache, Program, Statement } from '../ast.js';
import { scan } from '../dialects/scan.js';
import { unknownMark, valueMark } from '../dialects/marks.js';
import { passValue } from '../dialects/state.js';
import type { State } from '../dialects/state.js';
import { blockHelpers, helpers } from '../helpers/registry.js';
import { any, describeType } from '../types.js';
import type { Type } from '../types.js';
import { walkBlock } from './block.js';
import { typeOfCall, typeOfPath } from './calls.js';
import { walkPartial } from './partials.js';
import { placeOf, report, textOf } from './report.js';
import type { Ledger } from './report.js';
import type { Inline, Scope } from './scope.js';

/**
 * Checks every name in a list of statements, gives each value its place, and returns the output's state after them.
 * @param follow the text that follows them, as `Grammar.place` wants it.
 */
export function walkProgram(ledger: Ledger, outer: Scope, program: Program, from: State, follow: string): State {
  const scope = withInlines(ledger, outer, program);
  let state = from;
  for (const [index, statement] of program.body.entries()) {
    const next = textAfter(program.body, index + 1, follow);
    state = walkStatement(ledger, scope, statement, state, next);
  }
  return state;
}

/** What stands after a tag: text up to the next tag, then a mark for that. */
function textAfter(body: readonly Statement[], from: number, follow: string): string {
  let text = '';
  for (const statement of body.slice(from)) {
    if (statement.type === 'ContentStatement') text += statement.value;
    else if (statement.type === 'MustacheStatement') return text + valueMark;
    else if (statement.type !== 'CommentStatement' && statement.type !== 'DecoratorBlock') return text + unknownMark;
  }
  return text + follow;
}

function walkStatement(ledger: Ledger, scope: Scope, node: Statement, state: State, next: string): State {
  switch (node.type) {
    case 'ContentStatement':
      return scan(ledger.grammar, state, node.value);
    case 'CommentStatement':
    case 'DecoratorBlock':
      return state;
    case 'MustacheStatement':
      return walkMustache(ledger, scope, node, state, next);
    case 'BlockStatement':
      return walkBlock(ledger, scope, node, state, next, walkProgram);
    case 'PartialStatement':
      return walkPartial(ledger, scope, node, state, walkProgram);
    case 'PartialBlockStatement':
      report(
        ledger,
        scope,
        node.loc.start,
        'partials take no block',
        'Pass what it needs as values: {{> name value=…}}.',
      );
      return state;
    case 'Decorator':
      report(ledger, scope, node.loc.start, 'there are no decorators but {{#*inline "name"}}');
      return state;
  }
}

function walkMustache(ledger: Ledger, scope: Scope, node: Mustache, from: State, next: string): State {
  const state = ledger.grammar.settle?.(from) ?? from;
  const type = typeOfMustache(ledger, scope, node);
  const place = node.escaped ? ledger.grammar.place(state, next) : { name: 'as it is', write: String };
  if ('refused' in place) {
    report(ledger, scope, node.loc.start, place.refused, place.hint);
    return passValue(state);
  }
  const scalar = type.kind === 'any' || type.kind === 'string' || type.kind === 'number' || type.kind === 'boolean';
  if (type.kind === 'optional')
    report(ledger, scope, node.loc.start, `this is ${describeType(type)}`, 'Ask with {{#with}} first.');
  else if (!scalar && !('writeData' in place))
    report(
      ledger,
      scope,
      node.loc.start,
      `this is ${describeType(type)}, which cannot be written ${place.name}`,
      'Name one of its fields, or loop over it with {{#each}}.',
    );
  node.place ??= ledger.places.length;
  const tag = textOf(scope.source, node.loc);
  ledger.places[node.place] = { at: placeOf(scope.source.file, node.loc.start), tag, place };
  return passValue(state);
}

function typeOfMustache(ledger: Ledger, scope: Scope, node: Mustache): Type {
  const { path } = node;
  if (path.type !== 'PathExpression') {
    report(
      ledger,
      scope,
      node.loc.start,
      'a literal stands where a name is expected',
      'Write the text outside the tag.',
    );
    return any;
  }
  if (node.params.length > 0 || node.hash !== undefined) return typeOfCall(ledger, scope, node);
  // Handlebars would take @first for a helper of that name.
  if (path.data) path.original = `./${path.original}`;
  const name = simpleName(path);
  if (name === undefined || scope.blockParams.has(name)) return typeOfPath(ledger, scope, path);
  const [context] = scope.contexts;
  if (helpers.has(name) || blockHelpers.has(name)) {
    // No helper goes without arguments, so that a field of the same name is what is meant.
    if (context.kind === 'struct' && !Object.hasOwn(context.fields, name)) return typeOfCall(ledger, scope, node);
    path.original = `./${name}`;
  }
  return typeOfPath(ledger, scope, path);
}

/** The inline partials of a block can be called anywhere in it, also before they are written. */
function withInlines(ledger: Ledger, scope: Scope, program: Program): Scope {
  const decorators = program.body.filter((node): node is DecoratorBlock => node.type === 'DecoratorBlock');
  if (decorators.length === 0) return scope;
  const inlines = new Map(scope.inlines);
  const inner: Scope = { ...scope, inlines };
  for (const node of decorators) {
    const [name] = node.params;
    if (node.path.original !== 'inline' || name?.type !== 'StringLiteral' || node.params.length > 1) {
      report(ledger, scope, node.loc.start, 'there are no decorators but {{#*inline "name"}}');
      continue;
    }
    const inline: Inline = { program: node.program, name: name.value, at: node.loc.start, scope: inner };
    inlines.set(name.value, inline);
    ledger.inlines.set(node.program, inline);
  }
  return inner;
}
