import { DialectRefusal } from './grammar.js';
import type { Grammar, OutputContext, Refused } from './grammar.js';
import { valueMark } from './marks.js';
import type { State } from './state.js';
import { longestRelativeName, longestZoneLabel, longestZoneName, longestZoneString } from './limits.js';
import { bytesOf, afterBackslash, onlyThese, plainText, standsAlone, wholeText } from './text.js';
import { zoneRecords } from './zone-records.js';

/**
 * DNS master files (RFC 1035 section 5.1). Outside quotes a value is a name, an address or a number, or a part of one; in
 * quotes it is a character-string of up to 255 octets. `State.nest` holds the open parentheses. Proven against
 * BIND's named-checkzone in test/render/dialects/zone.real.test.ts.
 */
export const zone: Grammar = {
  measure: zoneRecords,

  step(state, char) {
    if (char === '\n')
      return state.mode === 'double' ? { mode: 'lost' } : { mode: 'bare', word: 'start', escaped: false };
    if (state.escaped) return { escaped: false };
    switch (state.mode) {
      case 'double':
        return char === '\\' ? { escaped: true } : char === '"' ? { mode: 'bare', word: 'start' } : {};
      case 'comment':
        return {};
      case 'bare':
      case 'single':
      case 'block':
      case 'opaque':
      case 'lost':
        return stepBare(state, char);
    }
  },

  contextAt(state, next) {
    if (state.escaped) return afterBackslash;
    switch (state.mode) {
      case 'lost':
        return {
          refused: 'a value after a quoted string that a line break interrupts',
          hint: 'Close the quotes on the line on which they begin: a zone file requires that.',
        };
      case 'comment':
        return { name: 'in a comment', write: plainText };
      case 'double':
        return stringContext(state, next);
      case 'bare':
      case 'single':
      case 'block':
      case 'opaque':
        return bareContext(state, next);
    }
  },
};

function stepBare({ nest }: State, char: string): Partial<State> {
  if (char === '\\') return { escaped: true, word: 'inside' };
  if (/[ \t\r]/.test(char)) return { word: 'start' };
  if (char === '"') return { mode: 'double' };
  if (char === ';') return { mode: 'comment' };
  if (char === '(') return { nest: `${nest}(`, word: 'start' };
  if (char === ')') return { nest: nest.slice(0, -1), word: 'start' };
  return { word: 'inside' };
}

/**
 * Refuses a string with more than one value. Its length cannot be limited value by value, and a string that is too long would break the whole
 * zone.
 */
function stringContext({ line }: State, next: string): OutputContext | Refused {
  const before = /"((?:[^"\\]|\\.)*)$/.exec(line)?.[1];
  const after = /^((?:[^"\\]|\\.)*)"/.exec(next)?.[1];
  if (before === undefined || after === undefined || before.includes(valueMark))
    return {
      refused: 'a value in quotes that contain another value or a block',
      hint: 'Give each value its own quotes ("{{a}}" "{{b}}"), or join the values first: RFC 1035 allows 255 octets in one string.',
    };
  const room = longestZoneString - octetsOf(before) - octetsOf(after);
  return { name: 'in quotes', write: (text) => writeString(text, room) };
}

/** The octets of quoted zone text: an escape is one octet. */
function octetsOf(written: string): number {
  return Buffer.byteLength(written.replace(/\\(?:\d{3}|.)/g, 'x'));
}

/** Writes octets other than printable ASCII as `\DDD`. */
function writeString(text: string, room: number): string {
  const octets = Buffer.from(wholeText(text));
  if (octets.length > room)
    throw new DialectRefusal(`it makes the character-string longer than the ${longestZoneString} octets of RFC 1035`);
  return Array.from(octets, writeOctet).join('');
}

function writeOctet(octet: number): string {
  if (octet < 0x20 || octet > 0x7e) return `\\${String(octet).padStart(3, '0')}`;
  const char = String.fromCharCode(octet);
  return char === '"' || char === '\\' ? `\\${char}` : char;
}

function bareContext(state: State, next: string): OutputContext {
  const alone = standsAlone(state.word, next, /^[\s;()"\uFFFC]/) !== false;
  const begun = /[^\s()"]*$/.exec(state.line)?.[0] ?? '';
  // When another value continues the word, its end is unknown, and `zoneRecords` measures the whole name later.
  const rest = /^[^\s;()"\uFFFC\uFFFF]*/.exec(next)?.[0] ?? '';
  const most =
    rest.endsWith('.') || /^[\uFFFC\uFFFF]/.test(next.slice(rest.length)) ? longestZoneName + 1 : longestRelativeName;
  const room = most - bytesOf(begun + rest);
  return { name: 'outside quotes', write: (text) => writeName(text, { alone, begun, ended: rest, room }) };
}

/** The surroundings of a value in a name. */
interface NameContext {
  /** The value may be the whole word. */
  readonly alone: boolean;
  /** The template text of the word before the value. `ended`: the text after it, up to the next tag at most. */
  readonly begun: string;
  readonly ended: string;
  /** The most characters of the value in its name. */
  readonly room: number;
}

const hint = 'Put the tag in double quotes if the value is a character-string.';

/** RFC 1035 sections 2.3.4 and 3.1: labels have at most 63 octets, names 255, which are 253 characters. */
function writeName(text: string, { alone, begun, ended, room }: NameContext): string {
  onlyThese(text, /[A-Za-z0-9_.:-]/, 'outside quotes in a zone file', hint);
  if (alone && text === '') throw new DialectRefusal('the value is empty, and so would be the word', hint);
  if (/^\.|\.\.|\.$/.test(text))
    throw new DialectRefusal('a dot at its beginning or end, or two in a row, changes the name', hint);
  if (`${begun}${text}${ended}`.split('.').some((label) => label.length > longestZoneLabel))
    throw new DialectRefusal(`a label of the name would be longer than ${longestZoneLabel} characters`, hint);
  if (text.length > room)
    throw new DialectRefusal(
      `it makes the name longer than ${longestZoneName} characters, or a name without a final dot longer than ${longestRelativeName}`,
      hint,
    );
  return text;
}
