import type { Word } from './shell-words.js';

/** Operators of test(1) that compare texts or test texts and files, and do not evaluate their operands. */
const unary = /^-[bcdefghknprsuwxzGLNOS]$/;
const binary = /^(?:=|==|!=)$/;

/**
 * Why a value must not be an operand of `[` or `test`; undefined when it is allowed. It is allowed when the template text has an operator that
 * compares or tests it as text or as a file. Other operators (`-eq`, `-v`) evaluate arithmetic or subscripts in some shells.
 * @param words `[` and the words before the value.
 * @param follow the text after the value's word.
 */
export function explainTest(words: readonly Word[], follow: string): string | undefined {
  const [name, ...rest] = words.map(({ text }) => text);
  const last = rest.at(-1) ?? '';
  if (binary.test(last) || (unary.test(last) && /^[\s;]/.test(follow))) return undefined;
  if (/^[ \t]+(?:=|==|!=)[ \t]/.test(follow) && (rest.length === 0 || last === '!')) return undefined;
  return `a value in "${name ?? '['}", which may evaluate it as arithmetic or as an operator`;
}
