const LONGEST = 300;

/**
 * What a server says of itself, fit for one line of a log or a terminal: control, format and separator characters are shown as
 * U+FFFD, and of a long text only the first 300 characters.
 */
export function wordsOf(said: string): string {
  const shown = said.length > LONGEST ? `${said.slice(0, LONGEST)}…` : said;
  return shown.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
