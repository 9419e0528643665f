/** Code on one line, without its comments. */
export function codeOnOneLine(code: string): string;
/** Prose on one line. */
export function proseOnOneLine(prose: string): string;
