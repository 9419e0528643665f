import type { State } from './state.js';

/** The names that a config or a head comment may give. */
export const dialects = ['none', 'nginx', 'haproxy', 'json', 'yaml', 'shell', 'fields', 'zone', 'dotenv'] as const;
export type Dialect = (typeof dialects)[number];

/** A value that this place cannot hold. The message never quotes the value. */
export class DialectRefusal extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Where a `{{value}}` stands, and how it is written there. */
export interface OutputContext {
  /** For messages: `in double quotes`. */
  readonly name: string;
  /**
   * Text as it is written here, so that the consumer reads exactly `text`.
   * @throws Refusal when it cannot be.
   */
  readonly write: (text: string) => string;
  /** Present where any data may stand, not just text: a value as it is written here. */
  readonly writeData?: (value: unknown) => string;
}

/** Why no value can be written in a place, and what to do instead. */
export interface Refused {
  readonly refused: string;
  readonly hint: string;
}

/** How much of a text its consumer takes at once. */
export interface Measure {
  /** No text of fewer UTF-16 units has too much of anything. */
  readonly least: number;
  /** Present where nothing but the bytes of a line counts, so that a line can be measured piece by piece. */
  readonly line?: LineLimit;
  /**
   * @param from what the text begins in.
   * @returns what the consumer would refuse, for a message, if anything; and where that begins which goes on in the text
   * after this one.
   */
  of(text: string, from: State['mode']): Measured;
}

export interface LineLimit {
  /** The bytes that a line may have. */
  readonly most: number;
  /** The most bytes that the consumer leaves out of a line that ends so. */
  readonly spare: (end: string) => number;
  /** What a longer line is, for a message. */
  readonly problem: string;
}

export interface Measured {
  readonly problem: string | undefined;
  readonly open: number;
}

/** How one kind of output reads its text: pure, character by character. */
export interface Grammar {
  /** What one character of the template's own text does to the state. `next` is the one after it, '' if not known. */
  step(state: State, char: string, next: string): Partial<State>;
  /** What the beginning of a value does to the state, for a grammar where that depends on the column. */
  settle?(state: State): State;
  /**
   * The place of a value, or why no value can be written there.
   * @param next what follows: the template's own text, ended by `valueMark` or `unknownMark`, or by the output's end.
   */
  place(state: State, next: string): OutputContext | Refused;
  /** Present where several values together can be too much, each of which is not. */
  readonly measure?: Measure;
}
