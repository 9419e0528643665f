import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDirectory } from '../../src/filesystem/walk.js';
import { openStateDirectory } from '../../src/state/state-directory.js';
import { memoryDir } from '../support/temp.js';

it('writes a long text in parts, its head last, and lets other work run between them', async () => {
  const path = await memoryDir();
  const directory = await openDirectory(path);
  const folder = openStateDirectory(directory);
  await directory.close();
  let turn = 0;
  const over = new AbortController();
  const count = (): void => {
    turn += 1;
    if (!over.signal.aborted) setImmediate(count);
  };
  setImmediate(count);
  const turns: number[] = [];
  await folder.write('long', {
    headBytes: 2,
    *parts() {
      for (const part of ['one, ', 'zw\u00f6lf, ', 'three']) {
        turns.push(turn);
        yield part;
      }
    },
    head: () => `${turns.length}:`,
  });
  over.abort();
  await folder.close();
  expect(await readFile(join(path, 'long'), 'utf8')).toBe('3:one, zw\u00f6lf, three');
  expect(new Set(turns).size).toBe(3);
});
