import type { View } from '../../../src/model/view.js';
import { TemplateError } from '../../../src/render/problem.js';
import { makeView, problemsOf, renderText } from '../views.js';

/** The result of a call such as `upper "x"`, as data. Arguments whose type the lint must not know are `vars.…`. */
export function evaluate(call: string, view: View = makeView()): unknown {
  return JSON.parse(renderText(`{{${call}}}`, view, { dialect: 'json' }));
}

/** The result of a call with vars. */
export function evaluateWith(vars: Readonly<Record<string, unknown>>, call: string): unknown {
  return evaluate(call, makeView({ vars }));
}

/** The reason for which a rendering rejects a call. */
export function rejectionOf(call: string, view: View = makeView()): string {
  try {
    evaluate(call, view);
  } catch (error) {
    if (error instanceof TemplateError && error.code === 'RENDER_FAILED') return error.problems[0]?.message ?? '';
    throw error;
  }
  return 'not rejected';
}

/** The problems that the lint finds in a call within the instances of a service: `column message`. */
export function mistakesIn(call: string): readonly string[] {
  const [before, after] = ['{{#each services}}{{#each instances}}', '{{/each}}{{/each}}'];
  const options = { dialect: 'json' as const, known: { vars: { text: 'x', number: 1, texts: ['x'], map: { a: 1 } } } };
  return problemsOf(`${before}{{${call}}}${after}`, options).map(
    ({ column, message }) => `${column - before.length - 2} ${message}`,
  );
}
