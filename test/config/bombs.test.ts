import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/config/document.js';
import { loadConfig } from '../../src/config/load.js';
import { ConfigError } from '../../src/config/problem.js';
import { readFixture } from '../../src/config/fixture.js';
import { readTests } from '../../src/config/test-file.js';
import { tempDir } from '../support/temp.js';

/** Time limit of a test that would otherwise not end. */
const HANG = 120_000;
const MIB = 1 << 20;

/** The errors of each function that reads such files. */
async function refusals(text: string): Promise<ConfigError[]> {
  const file = join(await tempDir(), 'bomb.yaml');
  await writeFile(file, text);
  return refusalsOf(file);
}

async function refusalsOf(file: string): Promise<ConfigError[]> {
  const failures: unknown[] = [];
  for (const read of [loadConfig, readFixture, readTests])
    failures.push(
      await read(file).then(
        () => `${read.name} took it`,
        (error: unknown) => error,
      ),
    );
  for (const failure of failures) if (!(failure instanceof ConfigError)) throw new Error(String(failure));
  return failures as ConfigError[];
}

const levels = (open: (below: string) => string): string =>
  Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} ${open(`*a${level}`)}`).join('\n');

describe('a file that is no config', { timeout: HANG }, () => {
  it.each<[string, () => string, RegExp]>([
    ['laughs a billion times', () => `a0: &a0 [x]\n${levels((below) => `[${`${below},`.repeat(9)}]`)}\n`, /alias/i],
    [
      'laughs in maps',
      () => `a0: &a0 {x: 1}\n${levels((below) => `{${'abcdefghi'.replace(/./g, `$&: ${below}, `)}}`)}\n`,
      /alias/i,
    ],
    [
      'laughs in merges',
      () => `a0: &a0 {x: 1}\n${levels((below) => `{<<: [${`${below},`.repeat(9)}]}`)}\n`,
      /alias|unknown|unrecognized|expected|missing/i,
    ],
    ['has aliases without number', () => `a: &a x\nb: [${'*a,'.repeat(20_000)}]\n`, /more than 1000 aliases/],
    ['means itself', () => 'a: &a {b: *a}\n', /is inside the value of its own anchor/],
    ['merges itself', () => 'a: &a\n  <<: *a\n', /is inside the value of its own anchor/],
    ['nests lists', () => '['.repeat(MIB), /nested too deeply|not valid YAML|cannot be read/],
    ['nests maps', () => '{a: '.repeat(MIB / 4), /nested too deeply|not valid YAML|cannot be read/],
    [
      'nests blocks',
      () => Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      /nested too deeply/,
    ],
    ['nests dashes', () => '- '.repeat(MIB / 2), /nested too deeply/],
    ['nests questions', () => '? '.repeat(MIB / 2), /nested too deeply/],
    [
      'has keys without number',
      () => Array.from({ length: 20_000 }, (_, n) => `k${n}: 1\n`).join(''),
      /unknown key|unrecognized|expected/i,
    ],
    ['has one key without number', () => 'a: 1\n'.repeat(20_000), /this key occurs twice in the same map/],
    ['has mistakes without number', () => '"\\q" : @\n'.repeat(10_000), /not valid YAML/],
    ['is one word', () => 'x'.repeat(4 * MIB), /expected a map|expected|must/],
    ['is one key', () => `${'x'.repeat(MIB)}: 1\n`, /not valid YAML|unknown key/],
    ['is one number', () => `sources: ${'9'.repeat(MIB)}\n`, /expected a list|unknown key|expected/],
    ['is one comment', () => `#${'x'.repeat(4 * MIB)}`, /expected a map|expected/],
    ['is quotes', () => '"'.repeat(MIB / 16), /not valid YAML/],
    ['is escapes', () => `"${'\\'.repeat(MIB)}`, /not valid YAML/],
    ['is ampersands', () => '&'.repeat(MIB), /expected/],
    ['is tags', () => '!'.repeat(MIB), /not valid YAML|tag/],
    [
      'calls a function',
      () => 'a: !!js/function "function () { return 1 }"\n',
      /the tag .*js\/function is not known here/,
    ],
    ['makes an object', () => 'a: !!python/object/apply:os.system ["id"]\n', /the tag .* is not known here/],
    ['holds a binary', () => 'a: !!binary aGk=\n', /the tag .*binary is not known here/],
    ['holds a timestamp', () => 'a: !!timestamp 2001-12-14\n', /the tag .*timestamp is not known here/],
    ['holds a set', () => 'a: !!set {x}\n', /the tag .*set is not known here/],
    ['has a merge key by its tag', () => 'a: {!!merge <<: 1}\n', /not known here|takes a map/],
    ['is longer than any', () => `#${'x'.repeat(9 * MIB)}`, /is longer than 8 MiB/],
  ])('%s', async (_title, make, says) => {
    const before = process.memoryUsage().rss;
    for (const { message } of await refusals(make())) {
      expect(message).toMatch(says);
      // The shown text is at most one page, whatever the file holds.
      expect(message.length).toBeLessThan(100_000);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(1.5 * 1024 * MIB);
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length'])(
    'reaches no prototype by the key %s',
    async (key) => {
      const text = `{"${key}": {"polluted": true}, "services": {"${key}": {"polluted": true}}, "from": {"${key}": 1}}`;
      await refusals(text);
      expect(parseYaml(text).problems).toEqual([]);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      expect(Object.getPrototypeOf(parseYaml(text).data)).toBe(Object.prototype);
    },
  );

  it('reads a key of Object.prototype as an ordinary name', async () => {
    const file = join(await tempDir(), 'fixture.yaml');
    await writeFile(file, 'services: {__proto__: ["192.0.2.1:80"], constructor: ["192.0.2.2:80"]}\n');
    const { value } = await readFixture(file);
    expect(Object.getPrototypeOf(value.services)).toBe(Object.prototype);
    expect(Object.hasOwn(value.services, 'constructor')).toBe(true);
    expect(value.services.constructor).toMatchObject([{ address: '192.0.2.2' }]);
  });

  it('is a FIFO without a writer', async () => {
    const fifo = join(await tempDir(), 'config.yaml');
    execFileSync('mkfifo', [fifo]);
    for (const { message } of await refusalsOf(fifo)) expect(message).toMatch(/is no regular file/);
  });

  it.each(['/dev/zero', '/dev/null', '/dev/tty'])('is %s', async (device) => {
    for (const { message } of await refusalsOf(device))
      expect(message).toMatch(/is no regular file|no such device|cannot be read/);
  });
});

it('reads a fixture of a hundred thousand services in the time of the YAML parser', { timeout: HANG }, async () => {
  const file = join(await tempDir(), 'fixture.yaml');
  const lines = Array.from({ length: 100_000 }, (_, n) => `  s${n}: [192.0.2.1:80]\n`);
  await writeFile(file, `services:\n${lines.join('')}`);
  expect(Object.keys((await readFixture(file)).value.services)).toHaveLength(100_000);
});
