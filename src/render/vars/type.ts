/** The type of a var, as the head comment of a template declares it. */
export type VarType =
  | { readonly kind: 'any' | 'boolean' }
  /** `pattern`: the source of a regular expression that the text must match. */
  | { readonly kind: 'text'; readonly pattern?: string }
  /** The bounds are part of the range. */
  | { readonly kind: 'number' | 'integer'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'literal'; readonly value: string }
  | { readonly kind: 'list' | 'map'; readonly of: VarType }
  | { readonly kind: 'union'; readonly of: readonly VarType[] };

/** A declared type that cannot be read. The message completes "the type of vars.name: …". */
export class TypeSyntaxError extends Error {}

/** The names of types, for hints. */
export const typeNames = ['text', 'number', 'integer', 'boolean', 'list', 'map', 'any'];

/** Types within types. A deeper one is a mistake. */
const deepest = 8;

/**
 * Reads a type at the beginning of a text:
 *
 *     type  = item *( "|" item )
 *     item  = "text" [ "/" pattern "/" ] | ( "number" | "integer" ) [ range ] | "boolean" | "any" | JSON string
 *           | ( "list" | "map" ) [ "of" item ] | "(" type ")"
 *     range = [ number ] ".." [ number ]
 *
 * @returns the type, and the number of characters that it takes
 * @throws TypeSyntaxError
 */
export function parseVarType(text: string): { readonly type: VarType; readonly length: number } {
  const reader = createReader(text);
  const type = readUnion(reader, 0);
  return { type, length: reader.at() };
}

interface Reader {
  /** The match of a sticky expression after blanks, which is then read; undefined when it does not match there. */
  take(pattern: RegExp): RegExpExecArray | undefined;
  at(): number;
  /** The next word, for messages. */
  next(): string;
}

function createReader(text: string): Reader {
  let at = 0;
  return {
    take(pattern) {
      const sticky = new RegExp(`[ \\t]?(?:${pattern.source})`, 'y');
      sticky.lastIndex = at;
      const match = sticky.exec(text) ?? undefined;
      if (match) at = sticky.lastIndex;
      return match;
    },
    at: () => at,
    next: () => /^\s*(\S*)/.exec(text.slice(at))?.[1] ?? '',
  };
}

function readUnion(reader: Reader, depth: number): VarType {
  const first = readItem(reader, depth);
  const of = [first];
  while (reader.take(/\|/)) of.push(readItem(reader, depth));
  return of.length === 1 ? first : { kind: 'union', of };
}

function readItem(reader: Reader, depth: number): VarType {
  if (depth > deepest) throw new TypeSyntaxError('it has too many types within types');
  if (reader.take(/\(/)) {
    const inner = readUnion(reader, depth + 1);
    if (!reader.take(/\)/)) throw new TypeSyntaxError('a closing parenthesis is missing');
    return inner;
  }
  const literal = reader.take(/("(?:[^"\\]|\\.)*")/)?.[1];
  if (literal !== undefined) return { kind: 'literal', value: readJson(literal) };
  const name = reader.take(/([A-Za-z]+)/)?.[1] ?? '';
  switch (name) {
    case 'any':
    case 'boolean':
      return { kind: name };
    case 'text':
      return readText(reader);
    case 'number':
    case 'integer':
      return readNumber(reader, name);
    case 'list':
    case 'map':
      return { kind: name, of: reader.take(/of\b/) ? readItem(reader, depth + 1) : { kind: 'any' } };
    default:
      throw new TypeSyntaxError(`there is no type ${JSON.stringify(name === '' ? reader.next() : name)}`);
  }
}

function readText(reader: Reader): VarType {
  const pattern = reader.take(/\/((?:[^/\\]|\\.)+)\//)?.[1];
  if (pattern === undefined) return { kind: 'text' };
  try {
    new RegExp(pattern, 'u');
  } catch {
    throw new TypeSyntaxError('its pattern is not a regular expression');
  }
  return { kind: 'text', pattern };
}

function readNumber(reader: Reader, kind: 'number' | 'integer'): VarType {
  const [, min, max] = reader.take(/(-?\d+(?:\.\d+)?)?\.\.(-?\d+(?:\.\d+)?)?/) ?? [];
  const range = { ...(min !== undefined && { min: Number(min) }), ...(max !== undefined && { max: Number(max) }) };
  if (Number(min ?? -Infinity) > Number(max ?? Infinity)) throw new TypeSyntaxError('its range is empty');
  return { kind, ...range };
}

function readJson(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new TypeSyntaxError(`${text} is not a JSON text`);
  }
}

/** The type in words, for messages and documentation: `a list of texts`. */
export function describeVarType(type: VarType, plural = false): string {
  switch (type.kind) {
    case 'any':
      return plural ? 'values' : 'any value';
    case 'boolean':
      return 'true or false';
    case 'text':
      return plural ? 'texts' : 'text';
    case 'number':
    case 'integer': {
      const name = `${type.kind === 'integer' ? 'whole ' : ''}number`;
      return `${plural ? `${name}s` : `a ${name}`}${describeRange(type)}`;
    }
    case 'literal':
      return JSON.stringify(type.value);
    case 'list':
    case 'map': {
      const inner = type.of.kind === 'any' ? '' : ` of ${describeVarType(type.of, true)}`;
      return `${plural ? `${type.kind}s` : `a ${type.kind}`}${inner}`;
    }
    case 'union':
      return type.of.map((each) => describeVarType(each, plural)).join(' or ');
  }
}

function describeRange({ min, max }: { readonly min?: number; readonly max?: number }): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` from ${min}`;
  return max === undefined ? '' : ` up to ${max}`;
}
