/**
 * Untrusted text as one line that is safe on a terminal. Control, C1 and format characters (including bidi overrides), line separators and
 * lone surrogates are shown by their numbers, as `\\u{1b}`.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, showNumber);
}

/** As `printable`, for text of several lines: line breaks and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (character) =>
    character === '\n' || character === '\t' ? character : showNumber(character),
  );
}

/** As `printableLines`, for text that was coloured after it had been escaped: its escape characters stay. */
export function printableColoured(text: string): string {
  return text.split('\u001b').map(printableLines).join('\u001b');
}

/**
 * JSON text with the characters of `unseen` escaped (`\\u202e`). They occur only within strings, so a parser reads the same value.
 */
export function printableJson(json: string): string {
  return json.replace(unseen, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${hex(character.charCodeAt(index), 4)}`).join(''),
  );
}

/** As `printableJson`, for YAML. Strings with such characters must be in double quotes (YAML 1.2.2, 5.7). */
export function printableYaml(yaml: string): string {
  return yaml.replace(unseen, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return point > 0xffff ? `\\U${hex(point, 8)}` : `\\u${hex(point, 4)}`;
  });
}

/** Whether `printableJson` and `printableYaml` would escape a character of the text. */
export function hasUnseen(text: string): boolean {
  return text.search(unseen) >= 0;
}

/** Characters that move, hide or reorder text on a terminal and that JSON writers do not escape: DEL, C1, format, separators. */
const unseen = /[\x7f-\x9f\p{Cf}\u2028\u2029]/gu;

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function showNumber(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
