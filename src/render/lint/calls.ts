import { simpleName } from '../ast.js';
import type { Expression, Hash, Literal, Location, Path } from '../ast.js';
import { wording } from '../helpers/define.js';
import type { CallTypes, Helper, Mistake, Parameter } from '../helpers/helper.js';
import { blockHelpers, helpers } from '../helpers/registry.js';
import { any, boolean, describeType, number, string } from '../types.js';
import type { Type } from '../types.js';
import { isMistake, resolvePath, suggest } from './paths.js';
import { suggestForPorted } from './ported.js';
import { formatPosition, report, textOf } from './report.js';
import type { Findings } from './report.js';
import type { Scope } from './scope.js';

/** The common fields of mustaches, blocks and subexpressions. */
export interface CallNode {
  readonly path: Path | Literal;
  readonly params: readonly Expression[];
  readonly hash?: Hash;
  readonly loc: Location;
}

/** The type of an expression in any position. Reports the mistakes in it. */
export function typeOfExpression(findings: Findings, scope: Scope, node: Expression): Type {
  switch (node.type) {
    case 'StringLiteral':
      return string;
    case 'NumberLiteral':
      return number;
    case 'BooleanLiteral':
      return boolean;
    case 'UndefinedLiteral':
    case 'NullLiteral':
      return any;
    case 'PathExpression':
      return typeOfPath(findings, scope, node);
    case 'SubExpression':
      return typeOfCall(findings, scope, node);
  }
}

export function typeOfPath(findings: Findings, scope: Scope, path: Path): Type {
  const found = resolvePath(path, scope);
  if (!isMistake(found)) return found;
  report(findings, scope, path.loc.start, found.message, found.hint);
  return any;
}

/** The type of the result of a helper call. Reports the mistakes in the call. */
export function typeOfCall(findings: Findings, scope: Scope, node: CallNode): Type {
  const name = simpleName(node.path);
  const helper = name === undefined ? undefined : helpers.get(name);
  const types = typesOfArguments(findings, scope, node);
  if (helper === undefined) {
    reportUnknown(findings, scope, node);
    return any;
  }
  const mistake: LocatedMistake | undefined =
    checkArguments(helper, types, node) ?? checkOrder(helper, node, scope) ?? helper.check?.(types);
  if (mistake !== undefined) {
    const { at, argument, message, hint } = mistake;
    const pointed = argument === undefined ? undefined : node.params[argument]?.loc.start;
    report(findings, scope, at ?? pointed ?? node.loc.start, message, hint);
  }
  recordArguments(findings, scope, node);
  return helper.returns(types);
}

/** Records the source texts of the arguments, for messages at run time. */
export function recordArguments(findings: Findings, scope: Scope, node: CallNode): void {
  const texts = node.params.map((param) => textOf(scope.source, param.loc));
  findings.argumentTexts.set(formatPosition(scope.source.file, node.loc.start), texts);
}

export function typesOfHash(findings: Findings, scope: Scope, hash: Hash | undefined): Readonly<Record<string, Type>> {
  const pairs = hash?.pairs ?? [];
  return Object.fromEntries(pairs.map(({ key, value }) => [key, typeOfExpression(findings, scope, value)]));
}

function typesOfArguments(findings: Findings, scope: Scope, node: CallNode): CallTypes {
  return {
    args: node.params.map((param) => typeOfExpression(findings, scope, param)),
    literals: node.params.map((param) => (param.type === 'StringLiteral' ? param.value : undefined)),
    hash: typesOfHash(findings, scope, node.hash),
    envNames: findings.known.env,
    envFile: findings.known.files?.env,
  };
}

interface LocatedMistake extends Mistake {
  readonly at?: Location['start'];
}

function checkArguments(helper: Helper, types: CallTypes, node: CallNode): LocatedMistake | undefined {
  const { name, parameters, repeats = false } = helper;
  const count = node.params.length;
  const most = parameters.length;
  const least = parameters.filter(({ optional }) => optional !== true).length;
  if (count < least || (count > most && !repeats)) {
    const number = repeats ? `${least} or more` : least < most ? `${least} to ${most}` : `${most}`;
    const wanted = `${number} argument${most === 1 && !repeats ? '' : 's'}`;
    const usage = [name, ...parameters.map((parameter) => parameter.name)].join(' ');
    return { message: `${name} takes ${wanted}, not ${count}`, hint: `Write (${usage}${repeats ? ' …' : ''}).` };
  }
  const extra = helper.takesHash === true ? undefined : node.hash?.pairs[0];
  if (extra !== undefined) return { message: `${name} takes no "${extra.key}="`, at: extra.loc.start };
  for (const [index, param] of node.params.entries()) {
    const parameter = parameters[Math.min(index, parameters.length - 1)];
    const type = types.args[index] ?? any;
    if (parameter !== undefined && !accepts(parameter, type, types.literals[index]))
      return {
        message: `${name} takes ${wording[parameter.accepts]} for its ${parameter.name}, not ${describeType(type)}`,
        at: param.loc.start,
      };
  }
  return undefined;
}

/** Finds the order of consul-template and sprig, where a pipe passes the value as the last argument. */
function checkOrder(helper: Helper, { params }: CallNode, { source }: Scope): LocatedMistake | undefined {
  const { name, parameters, valueFirst } = helper;
  const [value, ...others] = params;
  if (valueFirst !== true || value === undefined || !isLiteral(value) || others.every(isLiteral)) return undefined;
  const order = parameters.map((parameter) => parameter.name).join(', ');
  const moved = [...params.slice(-1), ...params.slice(0, -1)].map(({ loc }) => textOf(source, loc));
  return {
    message: `${name} takes its arguments in the order ${order}, and here a literal is the ${parameters[0]?.name ?? 'value'}`,
    hint: `Write (${name} ${moved.join(' ')}).`,
    at: value.loc.start,
  };
}

function isLiteral({ type }: Expression): boolean {
  return type !== 'PathExpression' && type !== 'SubExpression';
}

function accepts(parameter: Parameter, type: Type, literal: string | undefined): boolean {
  if (parameter.accepts === 'literal') return literal !== undefined;
  if (type.kind === 'any' || parameter.accepts === 'anything') return true;
  if (parameter.accepts === 'list') return type.kind === 'list';
  if (parameter.accepts === 'number') return type.kind === 'number';
  if (type.kind === 'string') return true;
  return parameter.accepts === 'scalar' && (type.kind === 'number' || type.kind === 'boolean');
}

/** Reports a tag with arguments whose name is not a helper. */
function reportUnknown(findings: Findings, scope: Scope, { path }: CallNode): void {
  const name = path.type === 'PathExpression' ? path.original : textOf(scope.source, path.loc);
  if (blockHelpers.has(name)) {
    report(findings, scope, path.loc.start, `${name} is a block`, `Write {{#${name} …}}…{{/${name}}}.`);
    return;
  }
  const field = path.type === 'PathExpression' && !isMistake(resolvePath(path, scope));
  if (field) report(findings, scope, path.loc.start, `${name} is a value and takes no arguments`);
  else
    report(
      findings,
      scope,
      path.loc.start,
      `there is no helper "${name}"`,
      suggestForPorted(name) ?? suggest(name, [...helpers.keys()]) ?? 'docs/helpers.md lists all of them.',
    );
}
