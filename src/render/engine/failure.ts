/**
 * A failure of a rendering. It rejects the instance or service whose body is running, or fails the whole template outside such a body. The
 * message never quotes a value.
 */
export class Failure extends Error {
  /** `file:line:column` of the tag. */
  readonly at: string;
  readonly hint: string | undefined;

  constructor(at: string, message: string, hint?: string) {
    super(message);
    this.at = at;
    this.hint = hint;
  }

  /** One line: position, message, hint. */
  get sentence(): string {
    return `${this.at}: ${this.message}${this.hint === undefined ? '' : `. ${this.hint}`}`;
  }
}
