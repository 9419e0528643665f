import type { Dialect } from '../dialects/grammar.js';
import type { KnownConfig } from '../shape.js';
import type { Linted } from './lint.js';
import type { TemplateProblem } from '../problem.js';

type Result = Linted | readonly TemplateProblem[];

/** Everything that the lint of a template depends on. */
export interface LintInputs {
  readonly name: string;
  readonly text: string;
  readonly dialect: Dialect | 'path';
  readonly scope: 'root' | 'service';
  readonly partials: Readonly<Record<string, string>> | undefined;
  readonly known: KnownConfig;
}

/** The lints of one config: targets that use a template in the same way share one. */
export interface SharedLints {
  /** The result of `lint` for these inputs, from an earlier call if the inputs are equal. */
  of(inputs: LintInputs, lint: () => Result): Result;
}

/**
 * Keeps the last result for each template. A target that uses a template with other `vars` than the target before makes its own result. So each
 * call compares at most two inputs, for any number of targets.
 *
 * @param areEqual whether two inputs are equal in all their parts
 */
export function createSharedLints(areEqual: (a: LintInputs, b: LintInputs) => boolean): SharedLints {
  const last = new Map<string, { readonly inputs: LintInputs; readonly result: Result }>();
  return {
    of(inputs, lint) {
      const { name } = inputs;
      const before = last.get(name);
      if (before && areEqual(before.inputs, inputs)) return before.result;
      const result = lint();
      last.set(name, { inputs, result });
      return result;
    },
  };
}
