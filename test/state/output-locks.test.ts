import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { canBeOneFile } from '../../src/config/file-patterns.js';
import { identifySelf } from '../../src/process/identity.js';
import { createOutputLocks, type OutputLocks } from '../../src/state/output-locks.js';
import { memoryLog } from '../support/log.js';
import { memoryDir } from '../support/temp.js';

let dir: string;
const opened: OutputLocks[] = [];

beforeEach(async () => {
  dir = await memoryDir();
});

afterEach(async () => {
  for (const locks of opened.splice(0)) await locks.close();
});

const open = (id: string): OutputLocks => {
  const locks = createOutputLocks({
    ...{ stateDir: `/var/lib/${id}`, id, log: memoryLog(), onConflict: () => undefined },
    canMeet: (one, other) => canBeOneFile(`/${one}`, `/${other}`),
  });
  opened.push(locks);
  return locks;
};
const claim = (id: string, ...names: string[]): Promise<void> => open(id).claim(names.map((name) => join(dir, name)));

it.each([
  ['the same file', 'a.conf', 'a.conf'],
  ['a file that its pattern can name', '{{service.name}}.conf', 'a.conf'],
  ['a pattern that can name its file', 'a.conf', '{{service.name}}.conf'],
])('refuses another state directory that writes %s, and names it', async (_what, ours, theirs) => {
  await claim('one', ours);
  const refused = claim('two', theirs, 'z.conf');
  await expect(refused).rejects.toMatchObject({ code: 'OUTPUT_LOCKED' });
  await expect(refused).rejects.toThrow(
    `${dir}/${theirs} is already written by process ${process.pid}, with stateDir /var/lib/one`,
  );
  expect(await readdir(dir)).toHaveLength(1);
});

it('lets two state directories write different files of one directory', async () => {
  await claim('one', 'a.conf', 'a-{{service.name}}.conf');
  await claim('two', 'b.conf', 'b-{{service.name}}.conf');
  expect(await readdir(dir)).toHaveLength(2);
  for (const locks of opened.splice(0)) await locks.close();
  expect(await readdir(dir)).toEqual([]);
});

it('finds the directory that a link leads to', async () => {
  await mkdir(join(dir, 'real'));
  await symlink('real', join(dir, 'link'));
  await writeFile(join(dir, 'real', 'a.conf'), '');
  await symlink('real/a.conf', join(dir, 'b.conf'));
  await claim('one', 'real/a.conf');
  await expect(claim('two', 'link/a.conf')).rejects.toMatchObject({ code: 'OUTPUT_LOCKED' });
  await expect(claim('two', 'b.conf')).rejects.toMatchObject({ code: 'OUTPUT_LOCKED' });
});

it('keeps its claims when new ones are refused, and gives up those that it no longer makes', async () => {
  await mkdir(join(dir, 'other'));
  const one = open('one');
  await one.claim([join(dir, 'a.conf')]);
  await claim('two', 'other/b.conf');
  await expect(one.claim([join(dir, 'other/b.conf')])).rejects.toMatchObject({ code: 'OUTPUT_LOCKED' });
  await expect(claim('three', 'a.conf')).rejects.toMatchObject({ code: 'OUTPUT_LOCKED' });
  await one.claim([join(dir, 'c.conf')]);
  await claim('three', 'a.conf');
});

it('does without a lock where there is no directory', async () => {
  await claim('one', 'missing/a.conf');
  await claim('two', 'missing/a.conf');
  expect(await readdir(dir)).toEqual([]);
});

const planted: [string, object | string][] = [
  ['a dead process', { ...identifySelf(), started: '1' }],
  ['a process from before the machine was started', { ...identifySelf(), boot: 'another' }],
];
it.each(planted)('removes the lock of %s', async (_what, holder) => {
  await plant(holder);
  await claim('two', 'a.conf');
  expect(await readdir(dir)).not.toContain(lock);
});

it('leaves a file alone that rollcall did not write', async () => {
  await plant('gibberish');
  await claim('two', 'a.conf');
  expect(await readFile(join(dir, lock), 'utf8')).toBe('"gibberish"');
});

it('waits for the heartbeat of a process in another pid namespace', async () => {
  await plant({ ...identifySelf(), pid: 7, namespace: 'pid:[1]', host: 'web-1' });
  let time = 1000;
  const beats = setInterval(() => void utimes(join(dir, lock), time, (time += 1)), 100);
  try {
    await expect(claim('two', 'a.conf')).rejects.toThrow('another container or machine (host "web-1")');
  } finally {
    clearInterval(beats);
  }
});

const lock = '.rollcall-lock-0123456789abcdef';

async function plant(holder: object | string): Promise<void> {
  const claims = { id: 'one', stateDir: '/var/lib/one', outputs: ['a.conf'] };
  await writeFile(join(dir, lock), JSON.stringify(typeof holder === 'string' ? holder : { ...holder, ...claims }));
}
