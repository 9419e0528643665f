import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPatch } from '../../../src/inspect/diff/patch.js';
import type { Difference } from '../../../src/ports/output.js';
import { tempDir } from '../../support/temp.js';

const readers = [
  { name: 'patch', argv: ['patch', '-p1', '--no-backup-if-mismatch'] },
  { name: 'git', argv: ['git', 'apply', '-p1', '--whitespace=nowarn'] },
] as const;

const change = (output: string, before: string | undefined, after: string | undefined): Difference => ({
  action: before === undefined ? 'create' : after === undefined ? 'delete' : 'update',
  form: 'lines',
  notes: [],
  ...{ output, before, after },
});

/** Applies the patch to files with the old contents. @returns the contents afterwards */
async function apply(argv: readonly string[], differences: readonly Difference[]): Promise<(string | undefined)[]> {
  const dir = await tempDir('rollcall-patch-');
  const at = (path: string) => join(dir, path);
  for (const { output, before } of differences) {
    mkdirSync(dirname(at(output)), { recursive: true });
    if (before !== undefined) writeFileSync(at(output), before);
  }
  const [program = '', ...args] = argv;
  const { text } = formatPatch(differences);
  // Without it, git would look for a repository above the directory.
  const env = { PATH: process.env.PATH, GIT_CEILING_DIRECTORIES: dirname(dir), LC_ALL: 'C' };
  execFileSync(program, args, { cwd: dir, input: text, env, stdio: ['pipe', 'pipe', 'pipe'] });
  return differences.map(({ output }) => (existsSync(at(output)) ? readFileSync(at(output), 'utf8') : undefined));
}

const examples: Record<string, readonly Difference[]> = {
  'a created file': [change('/etc/nginx/a.conf', undefined, 'a\nb\n')],
  'a deleted file': [change('/etc/nginx/a.conf', 'a\nb\n', undefined)],
  'a changed file': [change('/etc/nginx/a.conf', 'a\nb\nc\n', 'a\nB\nc\n')],
  'no line break at the end, before': [change('/a', 'a\nb', 'a\nb\n')],
  'no line break at the end, after': [change('/a', 'a\nb\n', 'a\nb')],
  'no line break at the end, ever': [
    change('/a', 'a\nb', 'a\nc'),
    change('/b', undefined, 'x'),
    change('/c', 'x', undefined),
  ],
  'an empty file': [
    change('/a', undefined, ''),
    change('/b', '', undefined),
    change('/c', '', 'x\n'),
    change('/d', 'x\n', ''),
  ],
  'a name with blanks': [
    change('/my files/a b', 'a\n', 'b\n'),
    change('/my files/c d', undefined, 'b\n'),
    change('/e f', 'x\n', undefined),
  ],
  'an empty file with a blank in its name': [change('/b/c d', '', undefined), change('/b/e f', undefined, '')],
  'a name with quotes': [
    change('/a"b\\c', 'a\n', 'b\n'),
    change("/it's", undefined, 'b\n'),
    change('/ü', 'a\n', 'b\n'),
  ],
  'lines that look like a patch': [change('/a', '--- a\n+++ b\n@@ -1 +1 @@\n', '-- x\n++ y\ndiff --git a/x b/x\n')],
  'line ends of other systems': [
    change('/a', 'a\r\nb\r\n', 'a\r\nc\r\n'),
    change('/b', 'a\nb\u2028c\r', 'a\nB\u2028c\r'),
  ],
};

describe.each(readers)('a patch, applied by $argv', ({ name, argv }) => {
  const isThere = existsSync(`/usr/bin/${name}`);
  if (!isThere && process.env.CI) throw new Error(`${name} is not there`);

  it.skipIf(!isThere).each(Object.entries(examples))('gives the desired bytes: %s', async (_, differences) => {
    expect(await apply(argv, differences)).toEqual(differences.map(({ after }) => after));
  });

  it.skipIf(!isThere)('gives the desired bytes for any files', async () => {
    const line = fc.constantFrom(
      '',
      'a',
      'b',
      ' c',
      '-',
      '+x',
      '\\ No newline at end of file',
      '@@ -1 +1 @@',
      'server 10.0.0.1:80;',
      '\tü',
    );
    const text = fc
      .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
      .map(([lines, ends]) => lines.join('\n') + (ends ? '\n' : ''));
    const side = fc.option(text, { nil: undefined, freq: 5 });
    const files = fc.dictionary(fc.constantFrom('/a', '/b/c d', '/b/e', '/ü'), fc.tuple(side, side), { minKeys: 1 });
    await fc.assert(
      fc.asyncProperty(files, async (changes) => {
        const differences = Object.entries(changes)
          .filter(([, [before, after]]) => before !== after)
          .map(([output, [before, after]]) => change(output, before, after));
        fc.pre(differences.length > 0);
        expect(await apply(argv, differences)).toEqual(differences.map(({ after }) => after));
      }),
      { numRuns: 60 },
    );
  });
});

it('names what a patch cannot have', () => {
  const secret: Difference = {
    action: 'update',
    output: '/s',
    form: 'secret',
    before: undefined,
    after: undefined,
    notes: [],
  };
  const mode: Difference = { ...change('/m', 'x\n', 'x\n'), notes: ['mode 0600 -> 0644'] };
  const value: Difference = { ...change('/skydns/x', 'x', 'y'), form: 'value' };
  const binary: Difference = {
    action: 'update',
    output: '/b',
    form: 'lines',
    before: undefined,
    after: 'x\n',
    notes: [],
  };
  expect(formatPatch([secret, mode, value, binary])).toEqual({
    text: '',
    missing: [
      '/s is not in the patch: its contents are secret',
      '/m is not in the patch: only its attributes change (mode 0600 -> 0644)',
      '/skydns/x is not in the patch: it is no file',
      '/b is not in the patch: its present contents are no text',
    ],
  });
});
