import { nearest } from '../model/suggest.js';

/**
 * What is wrong with the names of an options object: it is no object, or it has a member that is not known. Undefined: nothing. Members
 * with the value undefined are not looked at.
 */
export function findUnknownOption(options: unknown, known: readonly string[]): string | undefined {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return 'the options are not an object';
  const unknown = Object.entries(options).find(([name, value]) => value !== undefined && !known.includes(name))?.[0];
  if (unknown === undefined) return undefined;
  const near = nearest(unknown, known);
  return `\`${unknown}\` is not an option${near === undefined ? `: the options are ${known.join(', ')}` : `: did you mean \`${near}\`?`}`;
}
