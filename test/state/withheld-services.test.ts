import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src/state/store.js';
import { viewOf } from '../contract/target.js';
import { memoryLog } from '../support/log.js';
import { memoryDir } from '../support/temp.js';

const web = viewOf({ web: [80, 81] }).services[0];

async function reopen(dir: string, log = memoryLog()) {
  const store = await openStore(dir, { log });
  return { log, withheld: store.withheld('nginx'), close: () => store.close() };
}

it('withheld services are there again after a restart, in a private file that goes with the last of them', async () => {
  const dir = join(await memoryDir(), 'state');
  const first = await reopen(dir);
  expect(first.withheld.services.size).toBe(0);
  expect(await readdir(join(dir, 'journals'))).toEqual([]);
  await first.withheld.save(
    new Map([
      ['new', undefined],
      ['web', web],
    ]),
  );
  await first.close();
  expect((await stat(join(dir, 'journals', 'nginx.view'))).mode & 0o777).toBe(0o600);

  const second = await reopen(dir);
  expect([...second.withheld.services]).toEqual([
    ['new', undefined],
    ['web', web],
  ]);
  await second.withheld.save(new Map());
  expect(await readdir(join(dir, 'journals'))).toEqual([]);
  await second.close();
  const third = await reopen(dir);
  expect(third.withheld.services.size).toBe(0);
  await third.close();
});

it('a file of withheld services that is damaged is kept, named and not used', async () => {
  const dir = join(await memoryDir(), 'state');
  await (await reopen(dir)).close();
  await writeFile(join(dir, 'journals', 'nginx.view'), 'rubbish\n', { mode: 0o600 });
  const { withheld, log, close } = await reopen(dir);
  expect(withheld.services.size).toBe(0);
  expect(log.lines.map(({ message }) => message)).toContainEqual(expect.stringContaining('is not used'));
  expect(await readdir(join(dir, 'journals'))).toEqual(['nginx.view.set-aside-1']);
  await close();
});
