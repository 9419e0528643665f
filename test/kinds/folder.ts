/** The name of a kind's folder in src/targets, and of its test in test/contract: its key in kebab case. */
export function folderOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
