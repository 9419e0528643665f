import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dialects } from '../../src/render/dialects/grammar.js';
import { blockHelpers, helpers } from '../../src/render/helpers/registry.js';
import { compilePath } from '../../src/render/path.js';
import { comparePage, pages } from '../../scripts/docs/pages.mjs';
import { problemsOf } from './views.js';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/templates.md'), 'utf8');

const values = [...helpers.values()];

describe('the generated parts of the documentation', () => {
  test.each(Object.keys(pages))('%s says what the code says', async (name) => {
    const load = (path: string): Promise<unknown> => import(join(root, 'src', path.replace(/\.js$/, '.ts')));
    const { text, wanted } = await comparePage(name, load);
    expect(text, `${name} differs from the code: run npm run docs`).toBe(wanted);
  });
});

describe('docs/templates.md', () => {
  test('explains every dialect', () => {
    for (const name of dialects) expect(page).toContain(`### ${name}\n`);
  });

  test('names every built-in template', () => {
    for (const file of readdirSync(join(root, 'templates')))
      expect(page).toContain(`\`${file.replace(/\.hbs$/, '')}\``);
  });

  test.each([...page.matchAll(/```handlebars\n([\s\S]*?)```/g)].map(([, text = '']) => [text]))(
    'shows sound templates: %s',
    (text) => {
      expect(problemsOf(text, { partials: { server: '{{host}}:{{port}}' } })).toEqual([]);
    },
  );

  test('shows sound paths', () => {
    expect(() => compilePath({ name: 'path', text: '/etc/haproxy/maps/{{service.name}}.map' })).not.toThrow();
  });
});

test.each([...values, ...blockHelpers.values()].map(({ name, example }) => [name, example]))(
  'the example of %s is sound: %s',
  (_name, example) => {
    const scopes = ['X', '{{#each services}}X{{/each}}', '{{#each services}}{{#each instances}}X{{/each}}{{/each}}'];
    const problems = scopes.map((scope) => problemsOf(scope.replace('X', () => example)));
    expect(
      problems.some((list) => list.length === 0),
      JSON.stringify(problems),
    ).toBe(true);
  },
);
