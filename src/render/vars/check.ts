import { nearest } from '../../model/suggest.js';
import { describeVarType } from './type.js';
import type { VarType } from './type.js';

/** Why a value does not fit a type. */
export interface VarMistake {
  /** The place in the value: keys and 0-based indexes. */
  readonly path: readonly (string | number)[];
  /** Never quotes the value, which may be a secret, except a word that YAML 1.1 reads as true or false. */
  readonly message: string;
  readonly hint?: string;
}

/** The first mistake in a value; undefined when it has the type. */
export function findVarMistake(type: VarType, value: unknown): VarMistake | undefined {
  switch (type.kind) {
    case 'any':
      return undefined;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrongType(type, value);
    case 'text':
      if (typeof value !== 'string') return wrongType(type, value);
      return type.pattern === undefined || new RegExp(type.pattern, 'u').test(value)
        ? undefined
        : mistake(`must match /${type.pattern}/`);
    case 'number':
    case 'integer': {
      if (typeof value !== 'number' || !Number.isFinite(value)) return wrongType(type, value);
      if (type.kind === 'integer' && !Number.isInteger(value)) return mistake('must be a whole number');
      const { min = -Infinity, max = Infinity } = type;
      if (value < min) return mistake(`must be at least ${min}`);
      return value > max ? mistake(`must be at most ${max}`) : undefined;
    }
    case 'literal':
      return value === type.value ? undefined : wrongChoice(type, value);
    case 'list':
      return Array.isArray(value) ? firstWithin(type.of, value.entries()) : wrongType(type, value);
    case 'map':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? firstWithin(type.of, Object.entries(value))
        : wrongType(type, value);
    case 'union':
      return findUnionMistake(type, value);
  }
}

function firstWithin(of: VarType, entries: Iterable<readonly [string | number, unknown]>): VarMistake | undefined {
  for (const [key, item] of entries) {
    const found = findVarMistake(of, item);
    if (found) return { ...found, path: [key, ...found.path] };
  }
  return undefined;
}

function findUnionMistake(type: VarType & { kind: 'union' }, value: unknown): VarMistake | undefined {
  const found = type.of.map((each) => findVarMistake(each, value));
  if (found.includes(undefined)) return undefined;
  const likeIt = type.of.findIndex((each) => each.kind !== 'literal' && isOfKind(each, value));
  return found[likeIt] ?? wrongChoice(type, value);
}

function isOfKind({ kind }: VarType, value: unknown): boolean {
  const kinds = { string: ['text'], number: ['number', 'integer'], boolean: ['boolean'] };
  if (typeof value === 'object' && value !== null) return kind === (Array.isArray(value) ? 'list' : 'map');
  return ((kinds as Readonly<Record<string, readonly string[]>>)[typeof value] ?? []).includes(kind);
}

function wrongChoice(type: VarType, value: unknown): VarMistake {
  if (typeof value !== 'string') return wrongType(type, value);
  const choices = (type.kind === 'union' ? type.of : [type]).flatMap((each) =>
    each.kind === 'literal' ? [each.value] : [],
  );
  const near = nearest(value, choices);
  const found = wrongType(type, value);
  return near === undefined || found.hint !== undefined ? found : { ...found, hint: `Did you mean \`${near}\`?` };
}

/** Words that YAML 1.1 reads as true or false, and YAML 1.2 as text. */
const yaml11: ReadonlyMap<string, boolean> = new Map([
  ...['y', 'yes', 'on'].map((word) => [word, true] as const),
  ...['n', 'no', 'off'].map((word) => [word, false] as const),
]);

function wrongType(type: VarType, value: unknown): VarMistake {
  const expected = `expected ${describeVarType(type)}, got`;
  const takes = (kind: VarType['kind']): boolean =>
    type.kind === kind || (type.kind === 'union' && type.of.some((each) => each.kind === kind));
  if (typeof value === 'string') {
    const lower = value.toLowerCase();
    const meant = yaml11.get(lower);
    if (meant !== undefined && takes('boolean'))
      return mistake(`${expected} the text "${value}"`, `YAML 1.2 reads this word as text: write \`${meant}\`.`);
    if (
      (takes('boolean') && ['true', 'false'].includes(lower)) ||
      (isNumeric(value) && (takes('number') || takes('integer')))
    )
      return mistake(`${expected} text`, 'Write it without quotes.');
  }
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  const wantsText = takes('text') || takes('literal');
  return mistake(
    `${expected} ${nameOf(value)}`,
    isPlain && wantsText ? 'YAML does not read this as text: put it in quotes.' : undefined,
  );
}

function isNumeric(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text);
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' ? 'a number' : 'text';
}

function mistake(message: string, hint?: string): VarMistake {
  return { path: [], message, ...(hint !== undefined && { hint }) };
}
