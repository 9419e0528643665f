import { simpleName } from '../ast.js';
import type { Content, DecoratorBlock, Mustache, Program, Statement } from '../ast.js';
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
import { formatPosition, report, textOf } from './report.js';
import type { Findings } from './report.js';
import type { InlinePartial, Scope } from './scope.js';

/**
 * Checks every name in a list of statements, finds the output context of each value, and returns the output state after them.
 * @param follow the text after the statements, as `Grammar.contextAt` expects it.
 */
export function walkProgram(findings: Findings, outer: Scope, program: Program, from: State, follow: string): State {
  const scope = withInlines(findings, outer, program);
  let state = from;
  for (const [index, statement] of program.body.entries()) {
    const next = textAfter(program.body, index + 1, follow);
    state = walkStatement(findings, scope, statement, state, next);
  }
  return state;
}

/** The text after a tag up to the next tag, then a mark for the next tag. */
function textAfter(body: readonly Statement[], from: number, follow: string): string {
  let text = '';
  for (const statement of body.slice(from)) {
    if (statement.type === 'ContentStatement') text += statement.value;
    else if (statement.type === 'MustacheStatement') return text + valueMark;
    else if (statement.type !== 'CommentStatement' && statement.type !== 'DecoratorBlock') return text + unknownMark;
  }
  return text + follow;
}

function walkStatement(findings: Findings, scope: Scope, node: Statement, state: State, next: string): State {
  switch (node.type) {
    case 'ContentStatement':
      refuseText(findings, scope, node, state);
      return scan(findings.grammar, state, node.value);
    case 'CommentStatement':
    case 'DecoratorBlock':
      return state;
    case 'MustacheStatement':
      return walkMustache(findings, scope, node, state, next);
    case 'BlockStatement':
      return walkBlock(findings, scope, node, state, next, walkProgram);
    case 'PartialStatement':
      return walkPartial(findings, scope, node, state, walkProgram);
    case 'PartialBlockStatement':
      report(
        findings,
        scope,
        node.loc.start,
        'a partial takes no block',
        'Pass values to the partial: {{> name value=…}}.',
      );
      return state;
    case 'Decorator':
      report(findings, scope, node.loc.start, 'the only decorator is {{#*inline "name"}}');
      return state;
  }
}

function refuseText(findings: Findings, scope: Scope, { value, loc }: Content, state: State): void {
  const found = findings.grammar.refuseText?.(state, value);
  if (found !== undefined) report(findings, scope, loc.start, found.refused, found.hint);
}

function walkMustache(findings: Findings, scope: Scope, node: Mustache, from: State, next: string): State {
  const state = findings.grammar.beforeValue?.(from) ?? from;
  const type = typeOfMustache(findings, scope, node);
  const context = node.escaped ? findings.grammar.contextAt(state, next) : { name: 'unescaped', write: String };
  if ('refused' in context) {
    report(findings, scope, node.loc.start, context.refused, context.hint);
    return passValue(state);
  }
  const scalar = type.kind === 'any' || type.kind === 'string' || type.kind === 'number' || type.kind === 'boolean';
  if (type.kind === 'optional')
    report(findings, scope, node.loc.start, `this is ${describeType(type)}`, 'Test it with {{#with}} first.');
  else if (!scalar && !('writeData' in context))
    report(
      findings,
      scope,
      node.loc.start,
      `this is ${describeType(type)}, which cannot be written ${context.name}`,
      'Name one of its fields, or loop over it with {{#each}}.',
    );
  node.valueIndex ??= findings.valueSites.length;
  const tag = textOf(scope.source, node.loc);
  findings.valueSites[node.valueIndex] = {
    at: formatPosition(scope.source.file, node.loc.start),
    tag,
    context: context,
  };
  return passValue(state);
}

function typeOfMustache(findings: Findings, scope: Scope, node: Mustache): Type {
  const { path } = node;
  if (path.type !== 'PathExpression') {
    report(findings, scope, node.loc.start, 'a literal is in place of a name', 'Write the text outside the tag.');
    return any;
  }
  if (node.params.length > 0 || node.hash !== undefined) return typeOfCall(findings, scope, node);
  // Handlebars would read @first as a helper of that name.
  if (path.data) path.original = `./${path.original}`;
  const name = simpleName(path);
  if (name === undefined || scope.blockParams.has(name)) return typeOfPath(findings, scope, path);
  const [context] = scope.contexts;
  if (helpers.has(name) || blockHelpers.has(name)) {
    // Every helper has arguments, so a name without arguments is the field of this name.
    if (context.kind === 'struct' && !Object.hasOwn(context.fields, name)) return typeOfCall(findings, scope, node);
    path.original = `./${name}`;
  }
  return typeOfPath(findings, scope, path);
}

/** The inline partials of a block can be called anywhere in the block, also before their definition. */
function withInlines(findings: Findings, scope: Scope, program: Program): Scope {
  const decorators = program.body.filter((node): node is DecoratorBlock => node.type === 'DecoratorBlock');
  if (decorators.length === 0) return scope;
  const inlines = new Map(scope.inlines);
  const inner: Scope = { ...scope, inlines };
  for (const node of decorators) {
    const [name] = node.params;
    if (node.path.original !== 'inline' || name?.type !== 'StringLiteral' || node.params.length > 1) {
      report(findings, scope, node.loc.start, 'the only decorator is {{#*inline "name"}}');
      continue;
    }
    const inline: InlinePartial = { program: node.program, name: name.value, at: node.loc.start, scope: inner };
    inlines.set(name.value, inline);
    findings.inlines.set(node.program, inline);
  }
  return inner;
}
