import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createSharedLints } from '../../src/render/lint/shared.js';
import { TemplateError } from '../../src/render/problem.js';
import { compileTemplate, type TemplateSource } from '../../src/render/template.js';
import { makeService, makeView } from './views.js';

const text = '{{#each services}}{{name}} {{../vars.a}}{{> end}}{{/each}}';
const partials = { end: ';' };

/** Compiles templates with one memory, and counts the lints. */
function compileWith(...sources: readonly Partial<TemplateSource>[]) {
  const lints = createSharedLints(isDeepStrictEqual);
  let count = 0;
  const counting: typeof lints = { of: (inputs, lint) => lints.of(inputs, () => ((count += 1), lint())) };
  const common = { name: 't', text, scope: 'root', partials, known: { vars: { a: 'x' } } } as const;
  const templates = sources.map((source) => compileTemplate({ ...common, ...source, lints: counting }));
  return { templates, count };
}

const render = (template: ReturnType<typeof compileTemplate> | undefined, names: readonly string[], a: string) =>
  template?.render(makeView({ services: names.map((name) => makeService(name, [{}])), vars: { a } })).text;

describe('templates with equal inputs', () => {
  test('share one lint and one code, and render independently', () => {
    const { templates, count } = compileWith({}, { partials: { ...partials }, known: { vars: { a: 'x' } } });
    expect(count).toBe(1);
    const [first, second] = templates;
    expect(render(first, ['a', 'b'], 'x')).toBe('a x;b x;');
    expect(render(second, ['c'], 'y')).toBe('c y;');
    expect(render(first, ['a', 'b'], 'x')).toBe('a x;b x;');
  });

  test('report the same problems', () => {
    const lints = createSharedLints(isDeepStrictEqual);
    const compile = () => compileTemplate({ name: 't', text: '{{vars.b}}', scope: 'root', known: { vars: {} }, lints });
    expect(compile).toThrow(TemplateError);
    expect(compile).toThrow(TemplateError);
  });
});

test.each<[string, Partial<TemplateSource>]>([
  ['text', { text: '{{#each services}}{{name}}{{/each}}{{> end}}' }],
  ['dialect', { dialect: 'shell' }],
  ['partials', { partials: { end: '.' } }],
  ['vars', { known: { vars: { a: 1 } } }],
  ['names of env', { known: { vars: { a: 'x' }, env: ['HOME'] } }],
  ['output, which decides the dialect', { output: '/etc/a.json' }],
])('another %s is another lint', (_what, other) => {
  const lints = createSharedLints(isDeepStrictEqual);
  const seen = new Set<unknown>();
  const noting: typeof lints = {
    of(inputs, lint) {
      const result = lints.of(inputs, lint);
      seen.add(result);
      return result;
    },
  };
  const common = { name: 't', text, scope: 'root', partials, known: { vars: { a: 'x' } } } as const;
  for (const source of [common, { ...common, ...other }])
    try {
      compileTemplate({ ...source, lints: noting });
    } catch (error) {
      expect(error).toBeInstanceOf(TemplateError);
    }
  expect(seen.size).toBe(2);
});
