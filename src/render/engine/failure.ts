/**
 * A failure of a rendering. It rejects the instance or service whose body is running, or fails the whole template outside such a body. The
 * message never quotes a value.
 */
export class Failure extends Error {
  /** `file:line:column` of the tag. */
  readonly at: string;
  readonly hint: string | undefined;
  /** A sentence that names the keys of raw sources that the refused value comes from; undefined when none is known. */
  readonly origin: string | undefined;

  constructor(at: string, message: string, hint?: string, origin?: string) {
    super(message);
    this.at = at;
    this.hint = hint;
    this.origin = origin;
  }

  /** One line: position, message, keys, hint. */
  get sentence(): string {
    return `${this.at}: ${[this.message, this.origin, this.hint].filter((part) => part !== undefined).join('. ')}`;
  }

  /** Whether a rendering of the same view failed in the same way. */
  equals(other: unknown): other is Failure {
    return other instanceof Failure && other.at === this.at && other.message === this.message;
  }
}

/** A value that is there, but that its place in the output cannot hold. A test with `{{#if}}` does not help. */
export class RefusedValue extends Failure {
  /** What to do if there is no hint for this value: one sentence without a full stop. */
  readonly advice = 'Correct the value where it comes from, or write it in another place or form';
}

/** The advice for a value that is missing. */
export function hintFor(message: string): string | undefined {
  return message === 'is missing' ? 'Give it a default, or test it with {{#if}} first' : undefined;
}
