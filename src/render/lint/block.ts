import type { Block, HashPair } from '../ast.js';
import { unknownMark, valueMark } from '../dialects/marks.js';
import { initialState, joinStates, sameState } from '../dialects/state.js';
import type { State } from '../dialects/state.js';
import { blockHelpers, helpers } from '../helpers/registry.js';
import { instanceType, serviceType } from '../shape.js';
import { any, describeType, present } from '../types.js';
import type { Type } from '../types.js';
import { noteArguments, typeOfExpression } from './calls.js';
import { suggest } from './paths.js';
import { placeOf, report, textOf } from './report.js';
import type { Ledger, Walk } from './report.js';
import { enterBlock, itemsOf } from './scope.js';
import type { Scope } from './scope.js';

/** Checks a block and its branches, and returns the output's state after it. */
export function walkBlock(ledger: Ledger, scope: Scope, node: Block, state: State, next: string, walk: Walk): State {
  const name = node.path.type === 'PathExpression' ? node.path.original : '';
  const helper = blockHelpers.get(name);
  if (helper === undefined || node.path.type !== 'PathExpression') {
    reportNoBlock(ledger, scope, node);
    return state;
  }
  noteArguments(ledger, scope, node);
  const [param] = node.params;
  if (param === undefined || node.params.length > 1)
    report(
      ledger,
      scope,
      node.loc.start,
      `#${name} takes one argument, not ${node.params.length}`,
      `For example ${helper.example}`,
    );
  const extra = node.hash?.pairs.find(
    ({ key }) => !helper.hash.includes(key) && !(key === bodyArgument && node.body !== undefined),
  );
  if (extra !== undefined) report(ledger, scope, extra.loc.start, `#${name} takes no "${extra.key}="`);
  for (const { value } of node.hash?.pairs ?? []) typeOfExpression(ledger, scope, value);
  const type = param === undefined ? any : typeOfExpression(ledger, scope, param);
  const names = (node.program ?? node.inverse)?.blockParams ?? [];
  const most = name === 'each' ? 2 : name === 'with' ? 1 : 0;
  if (names.length > most)
    report(ledger, scope, node.loc.start, `#${name} gives ${most} block parameters, not ${names.length}`);

  if (helper.name === 'each') return walkEach(ledger, scope, node, type, names, state, next, walk);
  const inner =
    helper.name === 'with'
      ? enterBlock(
          scope,
          present(type),
          names.map((param) => [param, present(type)]),
        )
      : scope;
  const culprit = helper.name === 'with' ? culpritOf(present(type)) : '';
  if (helper.name === 'with') node.path.parts = [`${name}${culprit}`];
  if (culprit !== '') noteBody(ledger, scope, node, state, next, false);
  const body = node.program === undefined ? state : walk(ledger, inner, node.program, state, next);
  const inverse = node.inverse === undefined ? state : walk(ledger, scope, node.inverse, state, next);
  return join(ledger, scope, node, body, inverse, `the branches of {{#${name}}} end differently`);
}

function walkEach(
  ledger: Ledger,
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
      ledger,
      scope,
      node.params[0]?.loc.start ?? node.loc.start,
      `this is ${describeType(type)}, which is nothing to loop over`,
    );
  const { item, key } = items ?? { item: any, key: any };
  if (node.path.type === 'PathExpression') node.path.parts = [`each${culpritOf(present(item))}`];
  const params = names.map((name, index): [string, Type] => [name, index === 0 ? item : key]);
  const inner = enterBlock(scope, item, params, key);
  const wording = 'the body of {{#each}} ends otherwise than it begins';
  let after = state;
  if (node.program !== undefined) {
    const once = walk(ledger, inner, node.program, state, unknownMark);
    after = join(ledger, scope, node, once, state, wording);
    // The second round begins where the first one ended: places that depend on it are found again.
    if (culpritOf(present(item)) !== '') noteBody(ledger, scope, node, state, next, once.line !== once.indent);
    if (!sameState(after, state))
      after = join(ledger, scope, node, walk(ledger, inner, node.program, after, unknownMark), after, wording);
  }
  if (node.inverse === undefined) return after;
  const inverse = walk(ledger, scope, node.inverse, state, next);
  return join(ledger, scope, node, after, inverse, 'the branches of {{#each}} end differently');
}

/** The argument that tells a block which of the bodies it has. No template can write such a name. */
export const bodyArgument = '$body';

function noteBody(ledger: Ledger, scope: Scope, node: Block, state: State, next: string, inline: boolean): void {
  if (ledger.grammar.measure === undefined) return;
  const { loc, hash } = node;
  const first = node.body === undefined;
  const number = (node.body ??= ledger.bodies.length);
  const known = state.line.includes(unknownMark) ? '' : state.line;
  ledger.bodies[number] = {
    at: placeOf(scope.source.file, loc.start),
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

/** Which block of the engine notes whom to blame for what goes wrong in its body. */
function culpritOf(type: Type): '' | 'Instance' | 'Service' {
  if (type.kind !== 'struct') return '';
  return type.name === instanceType.name ? 'Instance' : type.name === serviceType.name ? 'Service' : '';
}

function join(ledger: Ledger, scope: Scope, node: Block, a: State, b: State, message: string): State {
  const joined = joinStates(a, b);
  if (typeof joined !== 'string') return joined;
  report(ledger, scope, node.loc.start, `${message}: ${joined}`, 'What a branch opens, the same branch must close.');
  return { ...initialState, indent: b.indent };
}

function reportNoBlock(ledger: Ledger, scope: Scope, { path, loc }: Block): void {
  const name = path.type === 'PathExpression' ? path.original : textOf(scope.source, path.loc);
  const names = [...blockHelpers.keys()];
  const hint = helpers.has(name) ? `Write {{#if (${name} …)}}.` : suggest(name, names, '#');
  report(
    ledger,
    scope,
    loc.start,
    `there is no block "${name}"`,
    hint ?? `A list is looped over with {{#each ${name}}}, a value asked for with {{#if ${name}}}.`,
  );
}
