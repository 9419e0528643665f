/** A longer key is cut in a message. */
const longestKey = 200;

/** A key of a raw source in quotes, for a message. A key is any text, so control characters become escapes, and a long one is cut. */
export function quoteKey(key: string): string {
  const shown = key.length > longestKey ? `${key.slice(0, longestKey)}…` : key;
  return JSON.stringify(shown).replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
