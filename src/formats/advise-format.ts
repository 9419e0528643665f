import { clip } from '../model/key-prefix.js';
import type { SourceSnapshot } from '../model/snapshot.js';
import type { AutoChoice } from './choice.js';
import { findMostMisfits } from './reconsider.js';

/** Advice for the operator about keys that another format than the source's reads. */
export interface FormatAdvice {
  /** How the source is read. */
  readonly format: string;
  /** The format of most of the other keys, and their number. */
  readonly other: AutoChoice;
  readonly misfits: number;
  /** How many keys there are, without markers. */
  readonly keys: number;
  /** One key of the other format. */
  readonly example: string;
}

/** Undefined when no other format reads any of the rejected keys. */
export function adviseFormat({ format, rejected, counts }: SourceSnapshot): FormatAdvice | undefined {
  const found = findMostMisfits(rejected);
  if (found === undefined) return undefined;
  const example = rejected.find(({ readAs }) => readAs?.format === found.format)?.key ?? '';
  const keys = counts.keys - counts.ignored;
  return { format, other: found.format, misfits: found.keys, keys, example: clip(example) };
}

/** The advice as one sentence, without a full stop. */
export function describeFormatAdvice({ format, other, misfits, keys, example }: FormatAdvice): string {
  const are = misfits === 1 ? 'is' : 'are';
  return `its format is ${format}, but ${misfits} of ${keys} keys ${are} ${other}, such as ${JSON.stringify(example)}: write \`format: ${other}\` if they are right, or \`format: ${format}\` if the others are`;
}
