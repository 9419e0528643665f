import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, chmod } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readProcessFacts } from '../../src/process/facts.js';
import { identifySelf, stateOf } from '../../src/process/identity.js';
import { readStat } from '../../src/process/proc.js';
import { needs } from '../support/binaries.js';
import { tempDir } from '../support/temp.js';

const sleep = needs('sleep');
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});

async function start(program: string, ...args: string[]): Promise<number> {
  const child = spawn(program, args, { stdio: 'ignore' });
  children.push(child);
  await once(child, 'spawn');
  return child.pid ?? NaN;
}

describe('a process whose name looks like other fields', () => {
  it('is read correctly', async () => {
    const program = join(await tempDir(), 'a) Z 1 (b');
    await copyFile(sleep, program);
    await chmod(program, 0o755);
    const pid = await start(program, '60');
    const stat = readStat(pid);
    const { group } = readStat(process.pid);
    expect(stat).toEqual({
      ...{ comm: 'a) Z 1 (b', zombie: false, started: expect.stringMatching(/^\d+$/) as string },
      ...{ parent: process.pid, group },
    });
    expect(readProcessFacts(pid)).toMatchObject({ comm: 'a) Z 1 (b', executable: 'a) Z 1 (b', zombie: false });
    expect(stateOf({ ...identifySelf(), pid, started: stat.started })).toBe('running');
    expect(stateOf({ ...identifySelf(), pid, started: `${stat.started}1` })).toBe('ended');
  });
});

describe('the facts about a process', () => {
  it('have its user and its age', async () => {
    const before = performance.now();
    const facts = readProcessFacts(await start('sleep', '60'));
    expect(facts).toMatchObject({ uid: process.geteuid?.(), zombie: false });
    // Start times are rounded to ticks of 10 ms.
    expect(facts?.age).toBeLessThan(performance.now() - before + 20);
    expect(facts?.age).toBeGreaterThan(-20);
  });

  it('show a handler for the signals that it handles, and for no others', () => {
    const facts = readProcessFacts(process.pid);
    const handler = (): void => undefined;
    process.on('SIGUSR2', handler);
    const now = readProcessFacts(process.pid);
    process.off('SIGUSR2', handler);
    expect(facts?.handlingOf(constants.signals.SIGUSR2)).toMatchObject({ catches: false });
    expect(now?.handlingOf(constants.signals.SIGUSR2)).toEqual({
      catches: true,
      ignores: false,
      holds: false,
      pending: false,
    });
  });

  it('are undefined when there is no such process', () => {
    // Above the highest id that the kernel gives (proc_sys_kernel(5), pid_max).
    expect(readProcessFacts(4_194_305)).toBeUndefined();
    expect(stateOf({ ...identifySelf(), pid: 4_194_305 })).toBe('ended');
  });
});
