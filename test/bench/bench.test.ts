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

  /** The records of a run, by part and name. */
  async function recordsOf(...args: readonly string[]): Promise<Record<string, Record<string, unknown>>> {
    const dir = await tempDir();
    const output = await bench(...args, '--updates', '3', '--gap', '5', '--tmpfs', dir, '--json');
    const records = output.trim().split('\n');
    expect(await readdir(dir)).toEqual([]);
    return Object.fromEntries(
      records.map((line) => {
        const record = JSON.parse(line) as Record<string, unknown>;
        return [[record.part, record.series ?? record.name, record.run].map(String).join(' '), record];
      }),
    );
  }

  it('measures many files beside one, in alternating runs', async () => {
    const records = await recordsOf('--fan-out', '7', '--alternate', '2');
    // The keys are in the order of the runs: each case once, and then again.
    const names = [1, 2].flatMap((run) => ['one', 'all', 'bare'].map((name) => `fan-out ${name} ${run}`));
    expect(Object.keys(records)).toEqual(names);
    for (const [name, record] of Object.entries(records)) {
      expect(record.coldMs, name).toBeGreaterThan(0);
      if (record.name !== 'bare') expect(record, name).toMatchObject({ missed: 0 });
    }
  });

  it('measures many targets beside one, and how the cost grows, for the series that are asked for', async () => {
    const records = await recordsOf('--targets', '3', '--growth', '--series', 'sources:3');
    expect(Object.keys(records)).toEqual(['targets one 1', 'targets all 1', 'growth sources 1']);
    for (const [name, record] of Object.entries(records)) expect(record, name).toMatchObject({ size: 3, missed: 0 });
  });

  it('measures an idle process, and puts during its resyncs', async () => {
    const few = ['--instances', '20', '--idle-targets', '2', '--seconds', '1', '--resyncs', '2'];
    const records = await recordsOf('--idle', ...few);
    expect(Object.keys(records)).toEqual(['idle idle 1', 'idle during 1', 'idle between 1']);
    expect(records['idle during 1']?.resyncs).toBeGreaterThan(0);
    expect(records['idle between 1']?.p99Ms).toBeGreaterThan(0);
  });

  it.each([
    [['--fan-out', 'many'], '--fan-out: `many` is not a whole number'],
    [['--growth', '--series', 'clouds:1'], '--series clouds:1: use instances'],
    [['--output', '/nonexistent/figures.json'], "no such file or directory, access '/nonexistent'"],
  ])('refuses %j before it measures', async (args, reason) => {
    await expect(bench(...args)).rejects.toThrow(reason);
  });

  it('names a contender that the machine does not have, and measures the others', async () => {
    const dir = await tempDir();
    const args = ['--instances', '20', '--medium', 'tmpfs', '--updates', '1', '--storm', '0', '--tmpfs', dir];
    const env = { ...environment(), LIMIT: join(dir, 'none'), CONFD: join(dir, 'none') };
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { env });
    for (const title of ['limit \\(Go\\)', 'confd'])
      expect(stdout).toMatch(new RegExp(`^not measured: ${title}: no `, 'm'));
    for (const title of ['bare Node', 'rollcall']) expect(stdout).toMatch(new RegExp(`^\\| ${title} \\| `, 'm'));
  });
});

describeWith('etcd', 'the compiled contender', () => {
  it('is built where Go is installed, and keeps the file in step', async (context) => {
    const dir = await tempDir();
    const few = ['--instances', '20', '--updates', '3', '--storm', '0', '--contenders', 'limit'];
    const args = [script, ...few, '--medium', 'tmpfs', '--tmpfs', dir, '--json'];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env: environment() });
    // The bench says why it does not measure a contender.
    const [, reason] = /^not measured: limit \(Go\): (.*)$/m.exec(stderr) ?? [];
    if (reason !== undefined) context.skip(reason);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'limit', missed: 0 });
  }, 600_000);
});
