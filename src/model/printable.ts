const MAX_LENGTH = 300;

/**
 * A server's text, made safe for one line of a log or a terminal. Control, format and separator characters become U+FFFD; a
 * longer text is cut after 300 characters.
 */
export function printable(said: string): string {
  const shown = said.length > MAX_LENGTH ? `${said.slice(0, MAX_LENGTH)}…` : said;
  return shown.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
