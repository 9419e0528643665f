import { simpleName } from '../ast.js';
import type { Block, HashPair } from '../ast.js';
import { unknownMark, valueMark } from '../dialects/marks.js';
import { initialState, joinStates, sameState } from '../dialects/state.js';
import type { State } from '../dialects/state.js';
import type { BlockHelper } from '../helpers/helper.js';
import { blockHelpers, helpers } from '../helpers/registry.js';
import { instanceType, serviceType } from '../shape.js';
import { any, describeType, present } from '../types.js';
import type { Type } from '../types.js';
import { recordArguments, typeOfExpression } from './calls.js';
import { walkLet } from './let.js';
import { suggest } from './paths.js';
import { formatPosition, report, textOf } from './report.js';
import type { Findings, Walk } from './report.js';
import { enterBlock, itemsOf } from './scope.js';
import type { Scope } from './scope.js';

/** Checks a block and its branches, and returns the output's state after it. */
export function walkBlock(
  findings: Findings,
  scope: Scope,
  node: Block,
  state: State,
  next: string,
  walk: Walk,
): State {
  const name = node.path.type === 'PathExpression' ? node.path.original : '';
  const helper = blockHelpers.get(name);
  if (helper === undefined || node.path.type !== 'PathExpression') {
    reportUnknownBlock(findings, scope, node);
    return state;
  }
  recordArguments(findings, scope, node);
  const [param] = node.params;
  if (param === undefined || (node.params.length > 1 && helper.repeats !== true))
    reportCount(findings, scope, node, helper);
  const extra = node.hash?.pairs.find(
    ({ key }) => !helper.hash.includes(key) && !(key === bodyArgument && node.bodyIndex !== undefined),
  );
  if (extra !== undefined) report(findings, scope, extra.loc.start, `#${name} takes no "${extra.key}="`);
  for (const { value } of node.hash?.pairs ?? []) typeOfExpression(findings, scope, value);
  const names = (node.program ?? node.inverse)?.blockParams ?? [];
  if (helper.name === 'let') return walkLet(findings, scope, node, names, state, next, walk);
  const type = param === undefined ? any : typeOfExpression(findings, scope, param);
  const most = name === 'each' ? 2 : name === 'with' ? 1 : 0;
  if (names.length > most)
    report(findings, scope, node.loc.start, `#${name} gives ${most} block parameters, not ${names.length}`);

  if (helper.name === 'each') return walkEach(findings, scope, node, type, names, state, next, walk);
  const inner =
    helper.name === 'with'
      ? enterBlock(
          scope,
          present(type),
          names.map((param) => [param, present(type)]),
        )
      : scope;
  const itemKind = helper.name === 'with' ? itemKindOf(present(type)) : '';
  if (helper.name === 'with') node.path.parts = [`${name}${itemKind}`];
  if (itemKind !== '') recordBody(findings, scope, node, state, next, false);
  const body = node.program === undefined ? state : walk(findings, inner, node.program, state, next);
  const inverse = node.inverse === undefined ? state : walk(findings, scope, node.inverse, state, next);
  return join(findings, scope, node, body, inverse, `the branches of {{#${name}}} end differently`);
}

function reportCount(findings: Findings, scope: Scope, node: Block, { name, repeats, example }: BlockHelper): void {
  const [first] = node.params;
  const call = first?.type === 'PathExpression' ? simpleName(first) : undefined;
  const hint =
    call !== undefined && helpers.has(call)
      ? `Write a call in parentheses: {{#${name} (${node.params.map(({ loc }) => textOf(scope.source, loc)).join(' ')})}}.`
      : `For example ${example}`;
  const most = repeats === true ? 'one argument or more' : 'one argument';
  report(findings, scope, node.loc.start, `#${name} takes ${most}, not ${node.params.length}`, hint);
}

function walkEach(
  findings: Findings,
  scope: Scope,
  node: Block,
  type: Type,
  names: readonly string[],
  state: State,
  next: string,
  walk: Walk,
): State {
  const items = itemsOf(type);
  if (items === undefined)
    report(
      findings,
      scope,
      node.params[0]?.loc.start ?? node.loc.start,
      `this is ${describeType(type)}, and {{#each}} needs a list or a map`,
    );
  const { item, key } = items ?? { item: any, key: any };
  if (node.path.type === 'PathExpression') node.path.parts = [`each${itemKindOf(present(item))}`];
  const params = names.map((name, index): [string, Type] => [name, index === 0 ? item : key]);
  const inner = enterBlock(scope, item, params, key);
  const wording = 'the body of {{#each}} ends in another context than it begins';
  let after = state;
  if (node.program !== undefined) {
    const once = walk(findings, inner, node.program, state, unknownMark);
    after = join(findings, scope, node, once, state, wording);
    // The second item begins in the state in which the first one ended, so the body is checked again from there.
    if (itemKindOf(present(item)) !== '') recordBody(findings, scope, node, state, next, once.line !== once.indent);
    if (!sameState(after, state))
      after = join(findings, scope, node, walk(findings, inner, node.program, after, unknownMark), after, wording);
  }
  if (node.inverse === undefined) return after;
  const inverse = walk(findings, scope, node.inverse, state, next);
  return join(findings, scope, node, after, inverse, 'the branches of {{#each}} end differently');
}

/** The argument with the index of a block's body in `Linted.bodies`. No template can write such a name. */
export const bodyArgument = '$body';

function recordBody(findings: Findings, scope: Scope, node: Block, state: State, next: string, inline: boolean): void {
  if (findings.grammar.measure === undefined) return;
  const { loc, hash } = node;
  const first = node.bodyIndex === undefined;
  const number = (node.bodyIndex ??= findings.bodies.length);
  const known = state.line.includes(unknownMark) ? '' : state.line;
  findings.bodies[number] = {
    at: formatPosition(scope.source.file, loc.start),
    from: known === '' ? state.mode : 'bare',
    before: known.replaceAll(valueMark, ''),
    after: /^[^\n\uFFFC\uFFFF]*/.exec(next)?.[0] ?? '',
    inline,
  };
  if (!first) return;
  const pair: HashPair = {
    type: 'HashPair',
    loc,
    key: bodyArgument,
    value: { type: 'NumberLiteral', value: number, loc },
  };
  node.hash = { type: 'Hash', loc, pairs: [...(hash?.pairs ?? []), pair] };
}

/** The suffix of the engine's block for items of this type: its failing bodies reject an instance or a service. */
function itemKindOf(type: Type): '' | 'Instance' | 'Service' {
  if (type.kind !== 'struct') return '';
  return type.name === instanceType.name ? 'Instance' : type.name === serviceType.name ? 'Service' : '';
}

function join(findings: Findings, scope: Scope, node: Block, a: State, b: State, message: string): State {
  const joined = joinStates(a, b);
  if (typeof joined !== 'string') return joined;
  report(
    findings,
    scope,
    node.loc.start,
    `${message}: ${joined}`,
    'Close quotes and brackets in the branch that opens them.',
  );
  return { ...initialState, indent: b.indent };
}

function reportUnknownBlock(findings: Findings, scope: Scope, { path, loc }: Block): void {
  const name = path.type === 'PathExpression' ? path.original : textOf(scope.source, path.loc);
  const names = [...blockHelpers.keys()];
  const hint = helpers.has(name) ? `Write {{#if (${name} …)}}.` : suggest(name, names, '#');
  report(
    findings,
    scope,
    loc.start,
    `there is no block "${name}"`,
    hint ?? `Loop over a list with {{#each ${name}}}. Test a value with {{#if ${name}}}.`,
  );
}
