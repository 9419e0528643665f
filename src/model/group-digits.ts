/**
 * A whole number with a comma between groups of three digits: `16,383`. `toLocaleString` writes the same, but its first call loads the
 * data of all languages, which takes some ten milliseconds of a start.
 */
export function groupDigits(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
