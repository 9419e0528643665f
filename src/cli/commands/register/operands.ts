/** The operands of a command line, split at the first `--`. */
export interface Operands {
  readonly before: readonly string[];
  /** Undefined when there is no `--`. */
  readonly after: readonly string[] | undefined;
}

/**
 * @param operands every argument that is not an option, as commander returns them: without the first `--`
 * @param argv the whole command line
 */
export function splitOperands(operands: readonly string[], argv: readonly string[]): Operands {
  const at = argv.indexOf('--');
  if (at < 0) return { before: operands, after: undefined };
  const after = argv.slice(at + 1);
  return { before: operands.slice(0, Math.max(0, operands.length - after.length)), after };
}
