import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildTree } from '../../src/model/kv-tree.js';
import type { Service } from '../../src/model/instance.js';
import { makeService } from '../render/views.js';
import { tempDir } from '../support/temp.js';
import { make, services as views } from './views.js';
import type { Made } from './views.js';

const text = readFileSync(join(import.meta.dirname, '../../templates/dotenv.hbs'), 'utf8');

function write(sources: Record<string, Record<string, string>>, vars = {}, services: readonly Service[] = []): Made {
  const trees = Object.entries(sources).map(([source, values]) => {
    const pairs = Object.entries(values).map(([key, value]) => ({ key: `/${source}/${key}`, value }));
    return [source, buildTree(pairs, `/${source}/`)];
  });
  return make('dotenv', text, { services, vars, kv: { pairs: [], tree: Object.fromEntries(trees) as never } });
}

const refuses = (...args: Parameters<typeof write>): string => {
  try {
    return write(...args).text;
  } catch (error) {
    return (error as Error).message;
  }
};

test('the example in its head comment is its output', () => {
  const example = write({ config: { 'db/host': 'db.example.com', greeting: 'hello world' } }).text;
  expect(text).toContain(example.trimEnd().replace(/^/gm, '    '));
});

describe('names', () => {
  test('are the keys below the prefix, of all sources, sorted', () => {
    const { text: out } = write({ b: { 'db/max-idle': '5', db: 'x' }, a: { 'öl': '1', zone: '' } });
    expect(out).toBe('DB=x\nDB_MAX_IDLE=5\nZONE=\n_L=1\n');
  });

  test.each([
    ['two keys of one source', { a: { 'x-y': '1', x_y: '2' } }, {}, 'two keys give the variable X_Y: "x-y" of the source a, and "x_y" of the source a'],
    ['two keys of two sources', { a: { x: '1' }, b: { X: '2' } }, {}, 'two keys give the variable X: "x" of the source a, and "X" of the source b'],
    ['a digit first', { a: { '1x': '1' } }, {}, 'a key does not give a valid variable name: "1x" of the source a'],
    ['nothing left', { a: { 'ß?': '1', '-': '1' } }, {}, 'a key does not give a valid variable name'],
    ['a value that no quotes hold', { a: { x: `it's "so"` } }, {}, 'no form of quotes has the same meaning for all readers'],
    ['such a value names its key', { a: { x: `it's "so"`, y: '1' } }, {}, 'The value comes from the key "x" of the source a'],
    ['a line break', { a: { x: 'a\nb' } }, {}, 'a line break'],
    ['quotes for docker', { a: { x: 'a b' } }, { docker: true }, 'it needs quotes'],
  ])('%s: nothing is written', (_name, sources, vars, reason) => {
    expect(refuses(sources, vars)).toContain(reason);
  });

  test('of services are rejected when a key or a service with priority has the same name', () => {
    const here = [{ address: '192.0.2.1' }];
    const services = ['A-B', 'a-b', 'a_b', 'free', 'taken'].map((name) => makeService(name, here));
    const { text: out, quarantined } = write({ a: { taken_addrs: 'x' } }, { services: true }, services);
    expect(out).toBe('TAKEN_ADDRS=x\nA_B_ADDRS=192.0.2.1:8080\nFREE_ADDRS=192.0.2.1:8080\n');
    expect(quarantined.map(({ service }) => service)).toEqual(['A-B', 'a_b', 'taken']);
  });
});

test('a leading digit is allowed after a prefix', () => {
  expect(write({ a: { '1x': '1' } }, { prefix: 'APP_' }).text).toBe('APP_1X=1\n');
});

test.each(Object.entries(views))('sh and Node read the addresses of %s alike', async (_name, services) => {
  const file = join(await tempDir('rollcall-dotenv-'), 'env');
  const { text: out } = write({}, { services: true }, services);
  writeFileSync(file, out);
  const wanted = out.split('\n').filter(Boolean).sort();
  const sorted = (said: Buffer): string[] => said.toString().split('\0').filter((line) => line.includes('_ADDRS=')).sort();
  const sh = execFileSync('sh', ['-c', 'set -a; . "$1"; env -0', 'sh', file], { env: { PATH: process.env.PATH } });
  const script = 'for (const [k, v] of Object.entries(process.env)) process.stdout.write(k + "=" + v + "\\0")';
  expect(sorted(sh)).toEqual(wanted);
  expect(sorted(execFileSync(process.execPath, [`--env-file=${file}`, '-e', script], { env: {} }))).toEqual(wanted);
});
