import { grammars } from '../../../src/render/dialects/choose.js';
import type { Dialect } from '../../../src/render/dialects/grammar.js';
import { createEngine } from '../../../src/render/engine/engine.js';
import { readHead } from '../../../src/render/head.js';
import { lintTemplate } from '../../../src/render/lint/lint.js';
import { createRenderCache } from '../../../src/render/memo/render-cache.js';
import { describeView } from '../../../src/render/shape.js';
import { Failure } from '../../../src/render/engine/failure.js';
import type { Quarantine, View } from '../../../src/model/view.js';

export interface Shown {
  readonly text: string;
  readonly rejected: readonly Quarantine[];
  /** Number of bodies of services and instances that were run. */
  readonly bodies: number;
}

/**
 * A template as `compileTemplate` makes it, which counts the bodies that run, and also caches short lists.
 * @returns undefined for an invalid template.
 */
export function openEngine(text: string, memory = createRenderCache(0)): ((view: View) => Shown | Error) | undefined {
  const source = { file: 't.hbs', text };
  const { vars, defaults, dialect = 'none' } = readHead(source);
  const linted = lintTemplate({
    source,
    partials: new Map(),
    grammar: grammars[dialect satisfies Dialect],
    root: describeView('root', {}, vars),
    known: {},
  });
  if (!('program' in linted)) return undefined;
  const engine = createEngine(linted, memory);
  return (view) => {
    try {
      const { pieces, rendering: run } = engine(view, { ...view, vars: { ...defaults, ...view.vars } }, undefined);
      return { text: pieces.join(''), rejected: run.rejected, bodies: run.bodies };
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  };
}
