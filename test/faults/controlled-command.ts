import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../support/poll.js';

export type Mode = 'ok' | 'fail' | 'hang' | 'die' | 'late' | 'picky';

/** A command of the config that a test controls: test/faults/controlled-command.sh. */
export interface ControlledCommand {
  set(mode: Mode): Promise<void>;
  /** The modes in which it was run, in order. */
  runs(): Promise<readonly string[]>;
  /** Resolves with the pid of the process that it leaves waiting in its group. */
  waiting(): Promise<number>;
}

const script = join(import.meta.dirname, 'controlled-command.sh');

/** @param picked the file that the mode `picky` checks */
export function commandLine(dir: string, name: string, picked: string, command: readonly string[]): string[] {
  return ['sh', script, join(dir, name), picked, ...command];
}

export function controlCommand(dir: string, name: string): ControlledCommand {
  const file = (ending: string): string => join(dir, `${name}.${ending}`);
  return {
    async set(mode) {
      await writeFile(file('mode.new'), mode);
      await rename(file('mode.new'), file('mode'));
    },
    async runs() {
      return (await readFile(file('runs'), 'utf8').catch(() => '')).split('\n').slice(0, -1);
    },
    async waiting() {
      return Number(await until(() => readFile(file('pid'), 'utf8'), { what: `${name} hanging` }));
    },
  };
}

/** Whether the process exists and is not a zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return stat !== '' && !/\) [ZX] /.test(stat);
}
