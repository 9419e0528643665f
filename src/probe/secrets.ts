/** Shorter words are not hidden: they are no secrets, and they occur in any text. */
const SHORTEST_SECRET = 6;

/** The text with each of these words replaced by `…`. Without this, a page that repeats its request would put secrets into the log. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const long = secrets.filter(({ length }) => length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
  return long.reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
}
