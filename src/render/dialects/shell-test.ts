import type { Word } from './shell-words.js';

/** Operators of test(1) that compare or ask about text and files, and evaluate nothing. */
const unary = /^-[bcdefghknprsuwxzGLNOS]$/;
const binary = /^(?:=|==|!=)$/;

/**
 * Why a value may not be an operand of `[` or `test`: it may where the template itself says that it is compared as text,
 * or asked about as text or a file. Other operators evaluate arithmetic or subscripts in some shell (`-eq`, `-v`).
 * @param words `[` and the words before the value.
 * @param follow what follows the word that the value is in.
 */
export function explainTest(words: readonly Word[], follow: string): string | undefined {
  const [name, ...rest] = words.map(({ text }) => text);
  const last = rest.at(-1);
  if (last !== undefined && (binary.test(last) || (unary.test(last) && /^[\s;]/.test(follow)))) return undefined;
  if (/^[ \t]+(?:=|==|!=)[ \t]/.test(follow) && (last === undefined || last === '!')) return undefined;
  return `a value in "${name ?? '['}" where it may be evaluated as arithmetic, or as an operator`;
}
