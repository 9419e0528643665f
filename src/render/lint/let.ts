import type { Block } from '../ast.js';
import type { State } from '../dialects/state.js';
import { any } from '../types.js';
import type { Type } from '../types.js';
import { typeOfExpression } from './calls.js';
import { report } from './report.js';
import type { Findings, Walk } from './report.js';
import type { Scope } from './scope.js';

/** Checks `{{#let}}`, whose body is always written, and returns the output's state after it. @param names the block parameters. */
export function walkLet(
  findings: Findings,
  scope: Scope,
  node: Block,
  names: readonly string[],
  state: State,
  next: string,
  walk: Walk,
): State {
  const types = node.params.map((param) => typeOfExpression(findings, scope, param));
  if (names.length !== types.length)
    report(
      findings,
      scope,
      node.loc.start,
      `#let gives ${types.length} ${types.length === 1 ? 'value' : 'values'} to ${names.length} ${names.length === 1 ? 'name' : 'names'}`,
      'Write one name for each value: {{#let value as |name|}}.',
    );
  if (node.inverse !== undefined)
    report(
      findings,
      scope,
      node.loc.start,
      '#let has no {{else}}, because it always writes its body',
      'Use {{#with}}, or test the value with {{#if}}.',
    );
  if (node.program === undefined) return state;
  const params = new Map([
    ...scope.blockParams,
    ...names.map((name, index): [string, Type] => [name, types[index] ?? any]),
  ]);
  return walk(findings, { ...scope, blockParams: params }, node.program, state, next);
}
