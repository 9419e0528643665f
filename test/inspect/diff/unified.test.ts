import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unify } from '../../../src/inspect/diff/unified.js';
import { describeWith } from '../../support/binaries.js';
import { memoryDir } from '../../support/temp.js';

const diff = (before: string | undefined, after: string | undefined): string[] =>
  unify({ name: 'a', remark: 'there', text: before }, { name: 'a', remark: 'wanted', text: after }).lines.map(
    ({ text }) => text,
  );

/** Few different lines, so that many lines stay, move and repeat. */
const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd', '', '-- x', '++ y', '\\ No'), { maxLength: 40 });
const text = fc
  .tuple(lines, fc.boolean())
  .map(([all, ended]) => all.join('\n') + (ended && all.length > 0 ? '\n' : ''));

const numbers = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `${from + index}\n`).join('');

const tooDifferent = 'Too different to show line by line: all old lines come first, then all new lines.';

describe('a unified diff', () => {
  it.each<[string, string | undefined, string | undefined, string[]]>([
    ['equal texts', 'a\nb\n', 'a\nb\n', []],
    ['two empty ones', '', '', []],
    ['a new text', undefined, 'a\n', ['--- /dev/null', '+++ a\t(wanted)', '@@ -0,0 +1 @@', '+a']],
    ['one that goes', 'a\nb\n', undefined, ['--- a\t(there)', '+++ /dev/null', '@@ -1,2 +0,0 @@', '-a', '-b']],
    [
      'a line break that comes at the end',
      'a\nb',
      'a\nb\n',
      ['--- a\t(there)', '+++ a\t(wanted)', '@@ -1,2 +1,2 @@', ' a', '-b', '\\ No newline at end of file', '+b'],
    ],
  ])('of %s', (_what, before, after, expected) => {
    expect(diff(before, after)).toEqual(expected);
  });

  it('shows three lines around a change, and changes near each other together', () => {
    const before = numbers(0, 30);
    const after = before.replace('5\n', 'x\n').replace('12\n', '').replace('25\n', 'y\nz\n');
    expect(diff(before, after).filter((line) => line.startsWith('@@'))).toEqual([
      '@@ -3,14 +3,13 @@',
      '@@ -23,7 +22,8 @@',
    ]);
    expect(diff(before, after).slice(2, 9)).toEqual(['@@ -3,14 +3,13 @@', ' 2', ' 3', ' 4', '-5', '+x', ' 6']);
  });

  it('finds the shortest difference when few lines have changed', () => {
    const before = numbers(0, 2000);
    const after = before.replace(/(7\n)(?=8)/, '').replace('1500\n', '1500\n1500\n');
    const { added, removed } = unify({ name: '', remark: '', text: before }, { name: '', remark: '', text: after });
    expect([added, removed]).toEqual([1, 1]);
  });

  it.each([
    ['moved', numbers(1000, 2000) + numbers(0, 1000), 1000],
    ['mixed with new ones', numbers(0, 2000).replaceAll(/(.*)\n/g, '$1\nnew $1\n'), 2000],
    [
      'reversed',
      numbers(0, 2000)
        .split(/(?<=\n)/)
        .reverse()
        .join(''),
      1999,
    ],
  ])('keeps lines that are %s when too much has changed to search', (_what, after, added) => {
    const before = numbers(0, 2000);
    expect(unify({ name: '', remark: '', text: before }, { name: '', remark: '', text: after }).added).toBe(added);
  });

  it.each([
    ['a new text', undefined, numbers(0, 50_000), [], [50_000, 0]],
    ['a text that goes', numbers(0, 50_000), undefined, [], [0, 50_000]],
    ['little', numbers(0, 50_000), numbers(0, 50_000).replaceAll('000\n', 'x\n'), [], [49, 49]],
    ['every line', numbers(0, 50_000), numbers(50_000, 100_000), [tooDifferent], [50_000, 50_000]],
  ])('ends on long texts that differ in %s', (_what, before, after, notes, [added, removed]) => {
    const shown = unify({ name: 'a', remark: '', text: before }, { name: 'a', remark: '', text: after });
    expect([shown.added, shown.removed]).toEqual([added, removed]);
    expect(shown.lines.filter(({ kind }) => kind === 'note').map(({ text }) => text)).toEqual(notes);
  });
});

describeWith('patch', 'patch(1)', (patch) => {
  it('turns the old text into the new one', async () => {
    const dir = await memoryDir();
    const file = join(dir, 'text');
    await fc.assert(
      fc.asyncProperty(text, text, async (before, after) => {
        const shown = diff(before, after);
        fc.pre(shown.length > 0);
        await writeFile(file, before);
        execFileSync(patch, ['--silent', '--fuzz=0', '--posix', file], { input: `${shown.join('\n')}\n` });
        expect(await readFile(file, 'utf8')).toBe(after);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['that end', '\n', '\n'],
    ['of which the old one does not end', '', '\n'],
    ['of which the new one does not end', '\n', ''],
  ])('makes the wanted text of one that is too different, from texts %s', async (_which, left, right) => {
    const file = join(await memoryDir(), 'text');
    const [before, after] = [numbers(0, 5000).trimEnd() + left, numbers(5000, 10_000).trimEnd() + right];
    const shown = diff(before, after);
    expect(shown[0]).toBe(tooDifferent);
    await writeFile(file, before);
    execFileSync(patch, ['--silent', '--fuzz=0', '--posix', file], { input: `${shown.join('\n')}\n` });
    expect(await readFile(file, 'utf8')).toBe(after);
  });

  it.each(['plain', 'with blanks in it', 'tab\tquote"back\\slash', 'ümlaut'])(
    'finds the file by its name: %s',
    async (name) => {
      const dir = await memoryDir();
      const path = join(dir, name);
      await writeFile(path, 'a\n');
      const { lines: shown } = unify(
        { name: path, remark: 'there', text: 'a\n' },
        { name: path, remark: 'w', text: 'b\n' },
      );
      const input = shown.map(({ text: line }) => `${line}\n`).join('');
      execFileSync(patch, ['--silent', '-p0', '-d', '/'], { input });
      expect(await readFile(path, 'utf8')).toBe('b\n');
    },
  );
});
