/** Shorter words are no secrets, and stand in any text. */
const SHORTEST_SECRET = 6;

/** The text with each of these words replaced by `…`: a page that repeats its request would tell the log. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const long = secrets.filter(({ length }) => length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
  return long.reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
}
