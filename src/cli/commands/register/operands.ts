/** The words of a command line that are no options, told apart by the first `--`. */
export interface Operands {
  readonly before: readonly string[];
  /** Undefined when there is no `--`. */
  readonly after: readonly string[] | undefined;
}

/**
 * @param operands every word that is no option, as commander has them: without the first `--`
 * @param argv the whole line
 */
export function splitOperands(operands: readonly string[], argv: readonly string[]): Operands {
  const at = argv.indexOf('--');
  if (at < 0) return { before: operands, after: undefined };
  const after = argv.slice(at + 1);
  return { before: operands.slice(0, Math.max(0, operands.length - after.length)), after };
}
