import type { State } from './state.js';

/** The dialects that a config or a head comment can name. */
export const dialects = ['none', 'nginx', 'haproxy', 'json', 'yaml', 'shell', 'fields', 'zone', 'dotenv'] as const;
export type Dialect = (typeof dialects)[number];

/** Thrown for a value that cannot be written in its output context. The message never quotes the value. */
export class DialectRefusal extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The output context of a `{{value}}`: it decides how the value is escaped. */
export interface OutputContext {
  /** For messages: `in double quotes`. */
  readonly name: string;
  /**
   * Escapes a text so that the consumer reads exactly `text`.
   * @param before the texts of the values right before it, when `continues` is true; else ''.
   * @throws DialectRefusal when no escape does that.
   */
  readonly write: (text: string, before: string) => string;
  /** Whether values are right before this one. They can all be empty, so this one can be the first text of its word. */
  readonly continues?: boolean;
  /** Writes any data, not only text. Present in contexts that allow it. */
  readonly writeData?: (value: unknown) => string;
}

/** Why no value can be written in a context, and what to do instead. */
export interface Refused {
  readonly refused: string;
  readonly hint: string;
}

/** A size limit of a consumer. */
export interface Measure {
  /** A text of fewer UTF-16 code units is always within the limit. */
  readonly minLength: number;
  /** Present when only the bytes of a line count, so a line can be measured in pieces. */
  readonly line?: LineLimit;
  /**
   * @param from the mode in which the text begins.
   */
  of(text: string, from: State['mode']): Measured;
}

export interface LineLimit {
  /** The most bytes of a line. */
  readonly maxBytes: number;
  /** The most bytes that the consumer does not count in a line with this end. */
  readonly uncountedBytes: (end: string) => number;
  /** A name for a longer line, for messages. */
  readonly problem: string;
}

/** The result of a measurement. */
export interface Measured {
  /** What exceeds the limit, for a message; undefined when nothing does. */
  readonly problem: string | undefined;
  /** The start of the last unit of the text (a line, a word), which the following text can continue. */
  readonly openFrom: number;
}

/** The grammar of one dialect: how its consumer reads text, character by character. Pure. */
export interface Grammar {
  /** The change of the state by one character of template text. `next` is the following character, '' if unknown. */
  step(state: State, char: string, next: string): Partial<State>;
  /** The state right before a value, in a grammar where it depends on the column. Default: unchanged. */
  beforeValue?(state: State): State;
  /**
   * The output context of a value, or why no value can be written here.
   * @param next the template text after the value, up to the next tag (then `valueMark` or `unknownMark`) or the end of the output.
   */
  contextAt(state: State, next: string): OutputContext | Refused;
  /** Present when several values together can exceed a size limit. */
  readonly measure?: Measure;
}
