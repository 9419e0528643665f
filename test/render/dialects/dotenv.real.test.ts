import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeWith } from '../../support/binaries.js';
import { tempDir } from '../../support/temp.js';
import { forEachValue, renderAll, sample, seed } from '../hostile.js';
import type { Outcome } from '../hostile.js';
import { makeService, makeView, render } from '../views.js';

const options = { dialect: 'dotenv' } as const;
const quoting = fc.sample(fc.string({ unit: fc.constantFrom(...Array.from('\'"\\$`# =;!nax')), maxLength: 8 }), {
  numRuns: 150,
  seed,
});
const values = [
  ...new Set([...sample(250), ...quoting, "it's", 'a # b', ' a ', '%d', '${HOME}', '\\n', "a'#b", '# a', 'a\\']),
];

describe(`environment files are read alike (seed ${seed})`, () => {
  let outcome: Outcome;
  let file: string;
  let expected: Record<string, string>;
  beforeAll(async () => {
    outcome = renderAll(`# {{target.name}} '"\n${forEachValue('V_{{../name}}={{metadata.v}}')}`, values, options);
    file = join(await tempDir('rollcall-dotenv-'), 'env');
    writeFileSync(file, outcome.text);
    expected = Object.fromEntries([...outcome.kept].map(([index, value]) => [`V_s${index}`, value]));
  });

  /** Reads our variables from the output of `env -0` or a similar command. */
  const ours = (text: string): Record<string, string> =>
    Object.fromEntries(
      text
        .split('\0')
        .filter((each) => each.startsWith('V_'))
        .map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
    );

  test('and can hold most values', () => {
    expect(outcome.kept.size).toBeGreaterThan(100);
  });

  test.each([['sh'], ['bash', '--norc']])('by %s', (shell, ...flags) => {
    const out = execFileSync(shell, [...flags, '-c', 'set -a; . "$1"; env -0', shell, file], {
      env: { PATH: process.env.PATH },
    });
    expect(ours(out.toString())).toEqual(expected);
  });

  test('by this Node', () => {
    const script = 'for (const [k, v] of Object.entries(process.env)) process.stdout.write(k + "=" + v + "\\0")';
    const out = execFileSync(process.execPath, [`--env-file=${file}`, '-e', script], { env: {} });
    expect(ours(out.toString())).toEqual(expected);
  });

  // docker/cli, opts/file.go: the text after the first "=" is the value, unchanged.
  test('by docker, where no value needs quotes', () => {
    const plain = [...outcome.kept].filter(([, value]) => !/[^A-Za-z0-9_./:@%+,=[\]-]/.test(value));
    expect(plain.length).toBeGreaterThan(20);
    const lines = outcome.text.split('\n');
    for (const [index, value] of plain) expect(lines).toContain(`V_s${index}=${value}`);
  });

  // systemd-tmpfiles reads os-release with the parser of EnvironmentFile= (src/basic/env-file.c), and writes what it read.
  describeWith('systemd-tmpfiles', 'by systemd', (program) => {
    test('as it reads os-release, which is such a file', async () => {
      const fields = ['ID', 'VERSION_ID', 'VARIANT_ID', 'BUILD_ID'];
      const specifiers = '%o %w %W %B'.split(' ');
      const root = await tempDir('rollcall-os-');
      mkdirSync(join(root, 'etc'));
      // tmpfiles writes nothing for an empty value.
      const lines = outcome.text.split('\n').filter((line) => /^V_s\d+=./.test(line));
      for (let at = 0; at < lines.length; at += fields.length) {
        const some = lines.slice(at, at + fields.length);
        const release = some.map((line, n) => `${fields[n] ?? ''}=${line.slice(line.indexOf('=') + 1)}\n`);
        writeFileSync(join(root, 'etc/os-release'), release.join(''));
        const rules = some.map(
          (line, n) => `f+ /${line.slice(0, line.indexOf('='))} - - - - <${specifiers[n] ?? ''}>\n`,
        );
        writeFileSync(join(root, 'rules.conf'), rules.join(''));
        execFileSync(program, [`--root=${root}`, '--create', join(root, 'rules.conf')], { stdio: 'pipe' });
      }
      const found = lines
        .map((line) => line.slice(0, line.indexOf('=')))
        .map((name) => [name, readFileSync(join(root, name), 'utf8')]);
      expect(Object.fromEntries(found)).toEqual(
        Object.fromEntries(
          Object.entries(expected).flatMap(([name, value]) => (value === '' ? [] : [[name, `<${value}>`]])),
        ),
      );
    });
  });
});

test.each([
  ['N={{v}}', 'a"it\'s', 'as a value: it has a single quote and one of'],
  ['N={{v}}', 'a\nb', 'as a value: it contains a line break'],
  ['N="{{v}}"', 'a b', 'in a part of a value: a blank is not allowed'],
  ['N=x{{v}}', '$HOME', 'in a part of a value: "$" is not allowed'],
  ['{{v}}=1', '1A', 'in a name: a name cannot begin with a digit'],
  ['{{v}}=1', '', 'in a name: the value is empty, and so would be the name'],
  ['export A_{{v}}=1', 'x=y', 'in a name: "=" is not allowed'],
  ['# {{v}}', 'a\nb', 'in a comment: it contains a line break'],
] as const)('%s refuses %j', (text, v, reason) => {
  const outer = `{{#each services}}\n${text.replace('{{v}}', '{{instances.0.metadata.v}}')}\n{{/each}}`;
  const { rejected } = render(outer, makeView({ services: [makeService('s', [{ metadata: { v } }])] }), options);
  expect(rejected).toHaveLength(1);
  expect(rejected[0]?.reason).toContain(reason);
});
