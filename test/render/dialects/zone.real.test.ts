import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeWith } from '../../support/binaries.js';
import { tempDir } from '../../support/temp.js';
import { forEachValue, hostile, renderAll, sample, seed } from '../hostile.js';
import { makeService, makeView, problemsOf, render } from '../views.js';

const options = { dialect: 'zone' } as const;
const words = fc.sample(fc.stringMatching(/^[A-Za-z0-9_.:-]{1,70}$/), { numRuns: 150, seed });
const values = [
  ...new Set([...sample(300), ...words, '$INCLUDE', '@', '(', '; x', '*', 'a.b.', 'IN', 'A', 'x'.repeat(64)]),
];
const head = '$TTL 60\n@ SOA ns.example.net. admin.example.net. 1 60 60 60 60\n@ NS ns.example.net.\n';

describeWith(
  'named-checkzone',
  `a real BIND reads exactly the values that were not rejected (seed ${seed})`,
  (program) => {
    /** The records of a zone as BIND reads them: name, type, data; or its error message. */
    const read = async (
      records: string,
    ): Promise<{ complaint: string; records: (readonly [string, string, string])[] }> => {
      const file = join(await tempDir('rollcall-zone-'), 'zone');
      await writeFile(file, head + records);
      const args = ['-k', 'ignore', '-i', 'none', '-s', 'full', '-o', '-', '-D', 'example.com', file];
      const { stdout, stderr, code } = await promisify(execFile)(program, args).then(
        (said) => ({ ...said, code: 0 }),
        (error: unknown) => error as { stdout: string; stderr: string; code: number },
      );
      const lines = stdout.matchAll(/^(\S+)\s+60\s+IN\s+(TXT|A|CNAME)\s+(.*)$/gm);
      return {
        complaint: code === 0 ? '' : stdout + stderr,
        records: Array.from(lines, ([, name = '', type = '', data = '']) => [name, type, data]),
      };
    };

    /** RFC 1035 section 5.1, octet by octet. */
    const unquote = (written: string): string => {
      const octets: number[] = [];
      for (const [, decimal, char = '', plain = ''] of written.slice(1, -1).matchAll(/\\(?:(\d{3})|(.))|([^\\])/gs))
        octets.push(decimal === undefined ? (char || plain).charCodeAt(0) : Number(decimal));
      return Buffer.from(octets).toString();
    };

    test.each([
      ['alone', '"{{metadata.v}}"', (v: string) => v],
      ['between text', '( "é\\"{{metadata.v}}\\065;(" ) ; {{metadata.v}}', (v: string) => `é"${v}A;(`],
    ] as const)('in quotes, %s', async (_name, word, expected) => {
      const { text, kept } = renderAll(forEachValue(`{{../name}} TXT ${word}`), values, options);
      const { complaint, records } = await read(text);
      expect(complaint).toBe('');
      const found = new Map(records.map(([name, , data]) => [name, unquote(data)]));
      expect(kept.size).toBeGreaterThan(100);
      expect(found.size).toBe(kept.size);
      for (const [index, value] of kept)
        expect(found.get(`s${index}.example.com.`), JSON.stringify(value)).toBe(expected(value));
    });

    const distinct = values.filter(
      (value, index) => values.findIndex((other) => other.toLowerCase() === value.toLowerCase()) === index,
    );

    test('as an owner', async () => {
      const { text, kept } = renderAll(forEachValue('{{metadata.v}} A 192.0.2.1'), distinct, options);
      const { complaint, records } = await read(text);
      expect(complaint).toBe('');
      expect(kept.size).toBeGreaterThan(50);
      expect(records.map(([name]) => name.toLowerCase()).sort()).toEqual(
        [...kept.values()].map((value) => `${value}.example.com.`.toLowerCase()).sort(),
      );
    });

    test('as a part of a name that a record points to', async () => {
      const { text, kept } = renderAll(
        forEachValue('{{../name}} CNAME ( x-{{metadata.v}}.example.org. )'),
        values,
        options,
      );
      const { complaint, records } = await read(text);
      expect(complaint).toBe('');
      expect(new Map(records.map(([name, , data]) => [name, data.toLowerCase()]))).toEqual(
        new Map([...kept].map(([index, v]) => [`s${index}.example.com.`, `x-${v}.example.org.`.toLowerCase()])),
      );
    });

    test('BIND would read a rejected value differently, or refuse the zone', async () => {
      const raw = async (value: string) => (await read(`${value} A 192.0.2.1\n`)).records.map(([name]) => name);
      expect(await raw('a.b.')).toEqual([]);
      expect(await raw('@')).toEqual(['example.com.']);
      expect(await raw('*')).toEqual(['*.example.com.']);
      expect(await raw('')).toEqual(['example.com.']);
      expect((await read(`x TXT "${'y'.repeat(256)}"\n`)).complaint).toContain('syntax error');
      expect((await read('$INCLUDE /nonexistent/file\n')).complaint).toContain('file not found');
    });
  },
);

test.each([
  ['x TXT "{{v}}"', 'y'.repeat(256), 'in quotes: it makes the character-string longer than the 255 octets of RFC 1035'],
  ['x TXT "k={{v}}"', 'y'.repeat(254), 'longer than the 255 octets'],
  ['x TXT "{{v}}"', 'é'.repeat(128), 'longer than the 255 octets'],
  ['{{v}} A 192.0.2.1', '$INCLUDE', '"$" is not allowed outside quotes in a zone file'],
  ['{{v}} A 192.0.2.1', '@', '"@" is not allowed'],
  ['{{v}} A 192.0.2.1', '*', '"*" is not allowed'],
  ['{{v}} A 192.0.2.1', '', 'the value is empty, and so would be the word'],
  ['{{v}} A 192.0.2.1', 'example.net.', 'a dot at its beginning or end'],
  ['x A {{v}}', 'a;b', '";" is not allowed'],
  ['x A {{v}}', '(', '"(" is not allowed'],
  ['x A {{v}}', '1\n', 'a line break'],
  ['_{{v}}._tcp SRV 0 0 1 x', 'x'.repeat(63), 'a label of the name would be longer than 63'],
  ['x A 192.0.2.1 ; {{v}}', 'a\nb', 'in a comment: it contains a line break'],
] as const)('%s refuses a value', (text, v, reason) => {
  const outer = `{{#each services}}\n${text.replace('{{v}}', '{{instances.0.metadata.v}}')}\n{{/each}}`;
  const { rejected } = render(outer, makeView({ services: [makeService('s', [{ metadata: { v } }])] }), options);
  expect(rejected).toHaveLength(1);
  expect(rejected[0]?.reason).toContain(reason);
});

test('255 octets fill a string', () => {
  const view = makeView({ vars: { v: `"${'y'.repeat(252)}` } });
  expect(render('x TXT "k={{vars.v}}"', view, options).text).toBe(`x TXT "k=\\"${'y'.repeat(252)}"`);
});

test.each([
  ['two values in one string', 'x TXT "{{vars.a}}{{vars.b}}"'],
  ['a loop in a string', 'x TXT "{{#each services}}{{name}} {{/each}}"'],
  ['a branch after a value in a string', 'x TXT "{{vars.a}}{{#if services}}x{{/if}}"'],
])('%s is refused when the template is checked', (_name, text) => {
  expect(problemsOf(text, options)[0]?.message).toBe('a value in quotes that contain another value or a block');
});

test('a value after a broken string is refused when the template is checked', () => {
  expect(problemsOf('x TXT "a\n" {{target.name}}', options)[0]?.message).toBe(
    'a value after a quoted string that a line break interrupts',
  );
  expect(problemsOf('x TXT \\{{target.name}}'.replace('\\', '\\\\'), options)[0]?.message).toBe(
    'a value right after a backslash',
  );
});

test('hostile text never leaves its comment', () => {
  fc.assert(
    fc.property(hostile, (v) => {
      const { text, rejected } = render(
        '{{#each services}}; {{name}}\n{{/each}}',
        makeView({ services: [makeService(v)] }),
        options,
      );
      if (rejected.length === 0) expect(text.split('\n')).toHaveLength(2);
    }),
  );
});
