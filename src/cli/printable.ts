/**
 * Text of others, in one line that does nothing to a terminal: control, C1 and format characters (bidi overrides among them),
 * line separators and lone surrogates are shown by their numbers, as `\\u{1b}`.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, showNumber);
}

/** The same of text in several lines: line breaks and tabs stand. */
export function printableLines(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (character) =>
    character === '\n' || character === '\t' ? character : showNumber(character),
  );
}

/** The same of text in colours, in which nobody else can have put an escape character: that stands, too. */
export function printableColoured(text: string): string {
  return text.split('\u001b').map(printableLines).join('\u001b');
}

function showNumber(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
