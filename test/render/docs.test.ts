import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dialects } from '../../src/render/dialects/grammar.js';
import { blockHelpers, helpers } from '../../src/render/helpers/registry.js';
import { compilePath } from '../../src/render/path.js';
import { describeView, instanceType, pairType, serviceType } from '../../src/render/shape.js';
import type { Struct } from '../../src/render/types.js';
import { describeType } from '../../src/render/types.js';
import { problemsOf } from './views.js';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/templates.md'), 'utf8');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function fieldTable({ fields }: Struct): string {
  return table(
    ['field', 'is', 'meaning'],
    Object.entries(fields).map(([name, { type, doc }]) => [`\`${name}\``, describeType(type), doc]),
  );
}

const values = [...helpers.values()];
const generated: Readonly<Record<string, string>> = {
  view: fieldTable(describeView('service', {}, {})),
  service: fieldTable(serviceType),
  instance: fieldTable(instanceType),
  kv: fieldTable(describeView('root', {}, {}).fields.kv?.type as Struct),
  pair: fieldTable(pairType),
  helpers: table(
    ['helper', 'gives', 'example'],
    values.map(({ name, parameters, repeats, takesHash, doc, example }) => {
      const names = parameters.map((parameter) => (parameter.mayBeMissing ? `[${parameter.name}]` : parameter.name));
      const usage = [
        name,
        ...names,
        ...(repeats === true ? ['…'] : []),
        ...(takesHash === true ? ['field=value …'] : []),
      ];
      return [`\`${usage.join(' ')}\``, doc, `\`${example}\``];
    }),
  ),
  blocks: table(
    ['block', 'writes', 'example'],
    [...blockHelpers.values()].map(({ name, parameter, doc, example }) => {
      const argument = parameter.mayBeMissing ? `[${parameter.name}]` : parameter.name;
      return [`\`#${name} ${argument}\``, doc, `\`${example}\``];
    }),
  ),
};

/** Tables are compared cell by cell: how wide the columns are is the formatter's affair. */
const squeeze = (text: string): string => text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---').trim();

describe('docs/templates.md', () => {
  test.each(Object.keys(generated))('lists the %s as it is in the code', (name) => {
    const found = new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)<!-- end -->`).exec(page)?.[1] ?? 'no such table';
    expect(squeeze(found)).toBe(generated[name]);
  });

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
