import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { environment } from '../support/command.js';
import { tempDir } from '../support/temp.js';

const script = join(import.meta.dirname, '..', '..', 'bench', 'run.mjs');

async function bench(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { env: environment() });
  return stdout;
}

describeWith('etcd', 'the benchmark', () => {
  it('measures every contender on the same etcd data and leaves nothing behind', async () => {
    const dir = await tempDir();
    const small = ['--instances', '60', '--updates', '3', '--storm', '40', '--contenders', 'floor,rollcall'];
    const output = await bench(...small, '--medium', 'tmpfs', '--tmpfs', dir, '--json');
    const results = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(results.map(({ name }) => name)).toEqual(['floor', 'rollcall']);
    for (const result of results) {
      expect(result).toMatchObject({ instances: 60, medium: 'tmpfs', missed: 0 });
      for (const figure of ['coldMs', 'rssMb', 'p50Ms', 'p99Ms', 'stormMs', 'stormReloads'])
        expect(result[figure], `${String(result.name)} ${figure}`).toBeGreaterThan(0);
    }
    expect(await readdir(dir)).toEqual([]);
  });

  it('measures a process that holds registrations, and leaves nothing behind', async () => {
    const dir = await tempDir();
    const small = ['--registrar', '--registrations', '40', '--ttl', '3000', '--seconds', '4'];
    const result = JSON.parse(await bench(...small, '--tmpfs', dir, '--json')) as Record<string, unknown>;
    expect(result).toMatchObject({ registrations: 40 });
    for (const figure of ['readyMs', 'keepalivesPerSecond', 'callsPerSecond', 'rssMb', 'goneMs'])
      expect(result[figure], figure).toBeGreaterThan(0);
    expect(await readdir(dir)).toEqual([]);
  });

  it('measures what an edited template costs, and leaves nothing behind', async () => {
    const dir = await tempDir();
    const small = ['--edits', '--instances', '60', '--updates', '5', '--gap', '400'];
    const result = JSON.parse(await bench(...small, '--tmpfs', dir, '--json')) as Record<string, unknown>;
    // The other target was checked and reloaded once for each of its puts, and for no edit.
    expect(result).toMatchObject({ instances: 60, ranges: 0, checksAndReloads: 20 });
    for (const figure of ['edits', 'quietP50Ms', 'editedP99Ms']) expect(result[figure], figure).toBeGreaterThan(0);
    expect(await readdir(dir)).toEqual([]);
  });
});
