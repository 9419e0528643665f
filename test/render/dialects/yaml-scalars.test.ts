import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { compileTemplate } from '../../../src/render/template.js';
import { hostile } from '../hostile.js';
import { makeService, makeView } from '../views.js';

/** Where a scalar can stand, and how a reader finds it. `S` is the scalar. */
const frames: readonly (readonly [text: string, find: (data: unknown) => unknown])[] = [
  ['k: S\nj: 1\n', (data) => (data as { k: unknown }).k],
  ['k:\n  S\nj: 1\n', (data) => (data as { k: unknown }).k],
  ['- S\n- 1\n', (data) => (data as unknown[])[0]],
  ['- k: S\n- 1\n', (data) => (data as { k: unknown }[])[0]?.k],
  ['k: [S, 1]\n', (data) => (data as { k: unknown[] }).k[0]],
  ['k: {a: S}\n', (data) => (data as { k: { a: unknown } }).k.a],
  ['S: 1\nj: 1\n', (data) => [...(data as Map<unknown, unknown>).keys()][0]],
  ['j: "a"\nS: 1\n', (data) => [...(data as Map<unknown, unknown>).keys()][1]],
  ['j: |-\n  a\nS: 1\n', (data) => [...(data as Map<unknown, unknown>).keys()][1]],
  ['{S: 1}\n', (data) => [...(data as Map<unknown, unknown>).keys()][0]],
];

const values = ['a', 'b', 'c'] as const;

/** A part of a scalar: template text, a value, or a block that may write text or a value. `\n` is a line break with an indentation. */
const part = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...values) },
  { weight: 2, arbitrary: fc.constantFrom('<x>', '<1>', '<->', '<b>', '<n> x', '<e>') },
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(
        ...Array.from('-:./ xe01#+~"\'\n,_<=?n'),
        ' #',
        ' "',
        ': ',
        'tr',
        'u',
        '0x',
        '2001-',
        'http://',
        '--',
      )
      .map((text) => `=${text}`),
  },
);

/** Parts of numbers, of dates and of other words, and characters that change a scalar. */
const piece = fc.oneof(
  { weight: 3, arbitrary: hostile },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...Array.from('0159.:-+eExXbo_,~ynTZ<=#"\'?*&!|>%@[{ '),
      ...'tr ue tru e nu ll null y es o n ff 0x 1f e5 1e 5 2001 12 14 2001-12- 01 :30 30 . inf .inf nan 0b 0o << web a'.split(
        ' ',
      ),
      ...[
        '',
        '"x',
        ': ',
        ':',
        ' #',
        '#x',
        '- a',
        '? a',
        'a: b',
        'x ',
        ' x',
        '--',
        '---',
        '...',
        'T1:00:00',
        '\ufeff',
        '\uffff',
      ],
    ),
  },
);

function textOf(
  parts: readonly string[],
  on: boolean,
  write: (name: string) => string,
): { template: string; text: string } {
  let template = '';
  let text = '';
  for (const each of parts) {
    if (each.startsWith('=')) {
      const literal = each.slice(1);
      template += literal.replace('\n', '\n    ');
      text += literal.replace('\n', ' ');
    } else if (each.startsWith('<')) {
      const name = each[1] ?? '';
      const isValue = name === 'b';
      template += `{{#if vars.on}}${isValue ? '{{metadata.b}}' : name}{{/if}}`;
      if (on) text += isValue ? write('b') : name;
    } else {
      template += `{{metadata.${each}}}`;
      text += write(each);
    }
  }
  return { template, text };
}

test('a plain scalar of several parts is read as exactly their texts, or a part is refused', () => {
  let kept = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...frames),
      fc.array(part, { minLength: 1, maxLength: 6 }),
      fc.record({ a: piece, b: piece, c: piece }),
      fc.boolean(),
      ([frame, find], parts, metadata, on) => {
        const at = { name: 't.hbs', scope: 'root', dialect: 'yaml' } as const;
        const compile = (): ReturnType<typeof compileTemplate> | undefined => {
          try {
            const scalar = textOf(parts, on, () => '').template;
            return compileTemplate({
              ...at,
              text: `{{#each services}}{{#each instances}}\n${frame.replace('S', () => scalar)}{{/each}}{{/each}}`,
            });
          } catch {
            return undefined;
          }
        };
        const template = compile();
        if (template === undefined) return;
        const read = (given: Readonly<Record<string, string>>, version: '1.1' | '1.2'): unknown => {
          const view = makeView({ services: [makeService('s', [{ metadata: given }])], vars: { on } });
          const { text, rejected } = template.render(view);
          if (rejected.length > 0) return undefined;
          return { text, scalar: find(parse(text, { version, mapAsMap: frame.includes('S: 1'), merge: true })) };
        };
        // Only a template that is right for harmless values is judged.
        const harmless = { a: 'web', b: 'web', c: 'web' };
        for (const version of ['1.1', '1.2'] as const) {
          try {
            const result = read(harmless, version) as { scalar: unknown } | undefined;
            if (result?.scalar !== textOf(parts, on, () => 'web').text) return;
          } catch {
            return;
          }
        }
        const expected = textOf(parts, on, (name) => metadata[name as 'a']).text;
        for (const version of ['1.1', '1.2'] as const) {
          const result = read(metadata, version) as { text: string; scalar: unknown } | undefined;
          if (result === undefined) return;
          kept++;
          expect(result.scalar, `${version}: ${result.text}`).toBe(expected);
        }
      },
    ),
    { numRuns: 400 },
  );
  expect(kept).toBeGreaterThan(60);
});

test.each(['"{{metadata.v}}": 1', "'{{metadata.v}}': x", '{{metadata.v}}: "1"'])(
  'a loop may write a key at the beginning of each line: %s',
  (line) => {
    const text = `{{#each services}}{{#each instances}}\n${line}\n{{/each}}{{/each}}`;
    const services = [makeService('s', [{ metadata: { v: 'a' } }, { metadata: { v: 'b' } }])];
    const template = compileTemplate({ name: 't', text, scope: 'root', dialect: 'yaml' });
    const { text: written } = template.render(makeView({ services }));
    expect(Object.keys(parse(written) as object)).toEqual(['a', 'b']);
  },
);
