/**
 * What goes wrong while a template is rendered: of the instance or service that is being rendered, or of the whole
 * template where there is none. The message names the place and never quotes a value.
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

  /** One line: place, message, hint. */
  get sentence(): string {
    return `${this.at}: ${this.message}${this.hint === undefined ? '' : `. ${this.hint}`}`;
  }
}
