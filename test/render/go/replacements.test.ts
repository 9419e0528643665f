import { expect, it } from 'vitest';
import { compileTemplate } from '../../../src/render/template.js';
import { TemplateError } from '../../../src/render/problem.js';

function problemsOf(text: string) {
  try {
    compileTemplate({ name: 't.hbs', text, scope: 'root' });
    return [];
  } catch (error) {
    if (error instanceof TemplateError) return error.problems;
    throw error;
  }
}

it.each([
  ['{{getv "/a" "b"}}', 'Write {{default (get "/a") "b"}}.'],
  ['{{getv "/a"}}', 'Write {{get "/a"}}.'],
  ['{{range (gets "/x/*")}}{{end}}', 'Write {{#each (getAll "/x/*")}} … {{/each}}.'],
  ['{{(getv "/a" "b") | toUpper}}', 'Write {{upper (default (get "/a") "b")}}.'],
  ['{{if (exists "/a")}}{{end}}', 'Write {{#if (exists "/a")}} … {{/if}}.'],
  ['{{if (eq (getv "/a") "(x)")}}{{end}}', 'Write {{#if (eq (get "/a") "(x)")}} … {{/if}}.'],
])('%s gets a replacement that keeps its meaning', (go, hint) => {
  expect(problemsOf(go)[0]?.hint).toBe(hint);
});

it('explains every tag of a file at once, a dot in a range too, and bounds their number', () => {
  const hints = problemsOf('{{range gets "/x"}}{{.}}{{.Key}}{{end}}{{getv "/a" "b"}}{{ "x" | toUpper }}').map(
    ({ hint }) => hint,
  );
  expect(hints).toEqual([
    'Write {{#each (getAll "/x")}} … {{/each}}.',
    'Write {{this}}.',
    'Write {{key}}.',
    'Write {{/each}}, which ends the {{range …}} of line 1.',
    'Write {{default (get "/a") "b"}}.',
    'Write {{upper "x"}}.',
  ]);
  expect(problemsOf('{{.Key | x}}\n'.repeat(1000))).toHaveLength(50);
});
