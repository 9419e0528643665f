// Characters that may precede an address in a config or a list.
const openings = ['"', "'", '`', '[', '{', '(', ','];

/**
 * Removes the users and passwords of all addresses in a text: `https://root:word@host` becomes `https://…@host`. It accepts any
 * text. In doubt, it hides more than necessary.
 */
export function hideCredentials(text: string): string {
  return text.replace(/\S+/g, (word) => {
    const at = word.lastIndexOf('@');
    const head = word.slice(0, Math.max(at, 0));
    const slashes = head.indexOf('//');
    if (slashes >= 0) return `${head.slice(0, slashes + 2)}…${word.slice(at)}`;
    // Without a scheme, only a word with a colon before the @ counts as `user:password@host`.
    const colon = head.indexOf(':');
    if (colon < 0) return word;
    const start = 1 + Math.max(...openings.map((sign) => head.slice(0, colon).lastIndexOf(sign)));
    return `${head.slice(0, start)}…${word.slice(at)}`;
  });
}
