import { describe, expect, test } from 'vitest';
import { checkArgumentKinds } from '../../src/render/helpers/define.js';
import { helpers } from '../../src/render/helpers/registry.js';
import type { Helper } from '../../src/render/helpers/helper.js';
import { dialects } from '../../src/render/dialects/grammar.js';
import { TemplateError } from '../../src/render/problem.js';
import { compileTemplate, type Template } from '../../src/render/template.js';
import { deepTexts, evilUnits, repeated, within } from '../support/evil-texts.js';
import { makeService, makeView } from '../render/views.js';

/** Ends a test that would otherwise never end. */
const HANG = 120_000;

class Rejection extends Error {}

const fail = (message: string): never => {
  throw new Rejection(message);
};

const texts = [...evilUnits.flatMap((unit) => [repeated(unit), within(unit)]), ...deepTexts];

describe('no helper stalls on values of the greatest size in etcd', { timeout: HANG }, () => {
  const view = makeView();
  const call = { hash: {}, fail, view, findService: () => undefined, holderOf: () => undefined };

  /** The text as each argument in turn, with small values as the others. */
  function argumentsOf({ parameters, repeats }: Helper, text: string): unknown[][] {
    const small: readonly unknown[] = ['a', 1, ['a'], { a: 'a' }];
    const count = parameters.length + (repeats === true ? 1 : 0);
    if (count === 1) return [[text]];
    return Array.from({ length: count }, (_, place) =>
      small.map((other) => Array.from({ length: count }, (_, at) => (at === place ? text : other))),
    ).flat();
  }

  test.each([...helpers.values()].map((helper) => [helper.name, helper] as const))('%s', (_name, helper) => {
    let ends = 0;
    for (const text of texts)
      for (const args of argumentsOf(helper, text)) {
        try {
          checkArgumentKinds(helper, args, call);
          helper.run(args, call);
        } catch (error) {
          if (!(error instanceof Rejection)) throw error;
        }
        ends += 1;
      }
    expect(ends).toBeGreaterThanOrEqual(helper.parameters.length * texts.length);
  });
});

describe('no dialect stalls on values of the greatest size in etcd', { timeout: HANG }, () => {
  const lines = ['{{V}}', 'a "{{V}}";', "a '{{V}}'", 'a={{V}}', 'a: {{V}}', '# {{V}}', 'a IN TXT "{{V}}"'];

  test.each(dialects)('%s', (dialect) => {
    let [places, ends] = [0, 0];
    for (const line of lines) {
      const template = compiled(
        `{{#each services}}{{#each instances}}\n${line.replace('V', 'metadata.v')}\n{{/each}}{{/each}}`,
        dialect,
      );
      if (template === undefined) continue;
      places += 1;
      for (const unit of evilUnits) {
        const services = [makeService('web', [{ metadata: { v: within(unit) } }])];
        // Accepted or refused: both are fine, as long as it ends.
        const { text, rejected } = template.render(makeView({ services }));
        if (rejected.length === 1 || text !== '') ends += 1;
      }
    }
    expect(places).toBeGreaterThan(0);
    expect(ends).toBe(places * evilUnits.length);
  });

  /** Undefined: no value may stand there. */
  function compiled(text: string, dialect: (typeof dialects)[number]): Template | undefined {
    try {
      return compileTemplate({ name: 't.hbs', scope: 'root', dialect, text });
    } catch (error) {
      if (error instanceof TemplateError) return undefined;
      throw error;
    }
  }
});
