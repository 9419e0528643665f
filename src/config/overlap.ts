/** What every key of a source with this canonical prefix begins with. */
export function textOfPrefix(prefix: string): string {
  return prefix.replace(/\*$/, '');
}

/** Whether a text can begin with both of these. */
export function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
