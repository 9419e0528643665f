import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { environment } from '../support/command.js';
import { tempDir } from '../support/temp.js';

const script = join(import.meta.dirname, '..', '..', 'bench', 'run.mjs');

it('the benchmark measures puts to ConfigMaps beside an apply without rollcall, and leaves nothing behind', async () => {
  const dir = await tempDir();
  const small = ['--kubernetes', '--instances', '8', '--updates', '3', '--gap', '5', '--tmpfs', dir, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...small], { env: environment() });
  const records = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(records.map(({ name }) => name)).toEqual(['apply', 'one', 'each']);
  for (const record of records) {
    const figures = record.name === 'apply' ? ['p50Ms', 'p99Ms'] : ['p50Ms', 'p99Ms', 'coldMs', 'rssMb'];
    for (const figure of figures) expect(record[figure], `${String(record.name)} ${figure}`).toBeGreaterThan(0);
  }
  expect(await readdir(dir)).toEqual([]);
});
