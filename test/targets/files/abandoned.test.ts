import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Check } from '../../../src/ports/check.js';
import type { FileSpec } from '../../../src/targets/files/desired-file.js';
import { pass, viewOf } from '../../contract/target.js';
import { memoryDir } from '../../support/temp.js';
import { openFilesWorld, plainPart, type FilesWorld, type WorldOptions } from './world.js';

const never = new AbortController().signal;
const view = viewOf({});
const accepts: Check = { staged: false, run: () => Promise.resolve({ kind: 'accepted' }) };
const checks: [string, Check | undefined][] = [
  ['without a check', undefined],
  ['with a check', accepts],
];

let root: string;
let world: FilesWorld;
let former: string;
let present: string;
beforeEach(async () => {
  root = await memoryDir();
  for (const name of ['a', 'b']) await mkdir(join(root, name));
  former = join(root, 'a', 'former');
  present = join(root, 'b', 'present');
  world = await openFilesWorld(join(root, 'state'));
  return () => world.close();
});

/** The process makes the change and dies at the step; the next one opens the same state. */
async function dieAt(step: string, parts: readonly FileSpec[], options: WorldOptions = {}): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onStep = (reached: string): Promise<void> | undefined => {
      if (reached !== step) return undefined;
      resolve();
      return new Promise(() => undefined);
    };
    pass(world.target(parts, { ...options, onStep }), view).then(() => {
      reject(new Error(`${step} was not reached`));
    }, reject);
  });
  await world.close();
  world = await openFilesWorld(join(root, 'state'));
}

const textOf = async (path: string): Promise<string | undefined> =>
  existsSync(path) ? readFile(path, 'utf8') : undefined;
const warnings = (): string[] => world.log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
const originals = async (): Promise<string[]> => {
  const folder = join(root, 'state', 'originals');
  if (!existsSync(folder)) return [];
  return Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
};

describe.each(checks)('a path that is dropped in an interrupted change, %s,', (_name, check) => {
  const options = check ? { check } : {};

  it.each(['staged', 'swap:0', 'swap:1', 'swapped'])(
    'is left and named at %s, and the target goes on with the new config',
    async (step) => {
      await pass(world.target([plainPart(former, 'old')]), view);
      await dieAt(step, [plainPart(present, 'new')], { ...options, vouched: [former] });
      const there = await textOf(former);
      const target = world.target([plainPart(present, 'new')], options);
      await target.recover(never);
      expect(['checked', 'failed']).toContain(world.journal.record.step);
      expect(world.journal.record).toMatchObject({ undo: null, reloadPending: true });
      expect(world.journal.record.owned).not.toContain(former);
      expect(await textOf(former)).toBe(there);
      expect(warnings().filter((message) => message.includes('leaves 1 files as they are'))).toEqual([
        expect.stringContaining(`${former} (a backup of it may be in ${join(root, 'a')})`) as string,
      ]);
      await target.recover(never);
      expect(warnings().filter((message) => message.includes('as they are, new or old'))).toHaveLength(1);
      await pass(target, view);
      expect(await textOf(present)).toBe('new');
      expect(await textOf(former)).toBe(there);
      expect(await readdir(join(root, 'b'))).toEqual(['present']);
    },
  );

  it.each(['staged', 'swap:0', 'swap:1', 'swapped'])(
    'may be one that the change writes: the others are whole at %s, and what was there is not lost',
    async (step) => {
      const parts = (text: string): FileSpec[] => [
        plainPart(former, `${text} a`, { inPlace: true }),
        plainPart(present, `${text} b`),
      ];
      for (const path of [former, present]) await writeFile(path, 'by hand');
      await pass(world.target(parts('old')), view);
      await dieAt(step, parts('new'), options);
      const left = await textOf(former);
      const target = world.target(parts('newest').slice(1), options);
      await target.recover(never);
      const isWhole = check === undefined && ['swap:1', 'swapped'].includes(step);
      expect(await textOf(present)).toBe(isWhole ? 'new b' : 'old b');
      expect(await textOf(former)).toBe(left);
      expect((await originals()).sort()).toEqual(['by hand', 'by hand', 'old a']);
      expect(warnings().join('\n')).toMatch(/former \(its old contents are in \S+originals\/\S+\)/);
      expect(await readdir(world.scratch)).toEqual([]);
      await pass(target, view);
      expect(await textOf(present)).toBe('newest b');
      expect(await textOf(former)).toBe(left);
    },
  );
});

it.each([
  ['since', { secret: true }],
  ['until the new config', {}],
])('old contents that are secret are not kept: secret %s', async (_when, options) => {
  const parts = (text: string): FileSpec[] => [
    plainPart(former, `${text} canary`, { inPlace: true }),
    plainPart(present, text),
  ];
  await writeFile(former, '');
  await pass(world.target(parts('old'), { secret: true }), view);
  await dieAt('swap:0', parts('new'), { secret: true });
  await world.target(parts('new').slice(1), options).recover(never);
  expect(warnings().join('\n')).toContain(former);
  expect(await originals()).toEqual([]);
  expect(await readdir(world.scratch)).toEqual([]);
});

it('a config that produces nothing of an interrupted change leaves all of it, and names it', async () => {
  await writeFile(former, 'by hand');
  await pass(world.target([plainPart(former, 'old')]), view);
  await dieAt('swap:0', [plainPart(former, 'new')]);
  const target = world.target([plainPart(present, 'x')]);
  expect(await target.recover(never)).toEqual({ outcome: 'nothing', outputs: [] });
  expect(world.journal.record).toMatchObject({ step: 'failed', undo: null });
  expect(warnings().join('\n')).toContain(`${former} (a backup of it may be in ${join(root, 'a')})`);
  expect(await textOf(former)).toBe('new');
  await pass(target, view);
  expect(await textOf(present)).toBe('x');
});
