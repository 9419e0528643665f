/** The text that every key of a source with this canonical prefix begins with. */
export function textOfPrefix(prefix: string): string {
  return prefix.replace(/\*$/, '');
}

/** Whether one key can begin with both texts. */
export function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
