// What may stand before an address in a config or a list.
const openings = ['"', "'", '`', '[', '{', '(', ','];

/**
 * The text without the users and passwords of the addresses in it: `https://root:word@host` is shown as
 * `https://…@host`. Works on any text, right or wrong; rather too much than too little is hidden.
 */
export function hideCredentials(text: string): string {
  return text.replace(/\S+/g, (word) => {
    const at = word.lastIndexOf('@');
    const head = word.slice(0, Math.max(at, 0));
    const slashes = head.indexOf('//');
    if (slashes >= 0) return `${head.slice(0, slashes + 2)}…${word.slice(at)}`;
    // Without a scheme, a colon tells `user:password@host` from what merely has an @ in it.
    const colon = head.indexOf(':');
    if (colon < 0) return word;
    const start = 1 + Math.max(...openings.map((sign) => head.slice(0, colon).lastIndexOf(sign)));
    return `${head.slice(0, start)}…${word.slice(at)}`;
  });
}
