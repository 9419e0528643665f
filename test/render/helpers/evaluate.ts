import type { View } from '../../../src/model/view.js';
import { TemplateError } from '../../../src/render/problem.js';
import { makeView, problemsOf, renderText } from '../views.js';

/** What a call gives, as data: `upper "x"`. Arguments that the lint must not know the type of are `vars.…`. */
export function evaluate(call: string, view: View = makeView()): unknown {
  return JSON.parse(renderText(`{{${call}}}`, view, { dialect: 'json' }));
}

/** The same with vars. */
export function evaluateWith(vars: Readonly<Record<string, unknown>>, call: string): unknown {
  return evaluate(call, makeView({ vars }));
}

/** Why a call is rejected when it is rendered. */
export function rejectionOf(call: string, view: View = makeView()): string {
  try {
    evaluate(call, view);
  } catch (error) {
    if (error instanceof TemplateError && error.code === 'RENDER_FAILED') return error.problems[0]?.message ?? '';
    throw error;
  }
  return 'not rejected';
}

/** What the lint says of a call among the instances of a service: `column message`. */
export function mistakesIn(call: string): readonly string[] {
  const [before, after] = ['{{#each services}}{{#each instances}}', '{{/each}}{{/each}}'];
  const options = { dialect: 'json' as const, known: { vars: { text: 'x', number: 1, texts: ['x'], map: { a: 1 } } } };
  return problemsOf(`${before}{{${call}}}${after}`, options).map(
    ({ column, message }) => `${column - before.length - 2} ${message}`,
  );
}
