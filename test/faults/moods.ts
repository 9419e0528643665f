import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../support/poll.js';

export type Mode = 'ok' | 'fail' | 'hang' | 'die' | 'late' | 'picky';

/** A command of the config that does what a test tells it to: test/faults/moody.sh. */
export interface Moody {
  set(mode: Mode): Promise<void>;
  /** The modes in which it was run, in order. */
  runs(): Promise<readonly string[]>;
  /** The process that it has left waiting in its group, once it has. */
  waiting(): Promise<number>;
}

const script = join(import.meta.dirname, 'moody.sh');

/** @param picked the file that the mode `picky` looks at */
export function moodyCommand(dir: string, name: string, picked: string, command: readonly string[]): string[] {
  return ['sh', script, join(dir, name), picked, ...command];
}

export function moody(dir: string, name: string): Moody {
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

/** Is there such a process, other than a zombie that nobody has looked at? */
export async function lives(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return stat !== '' && !/\) [ZX] /.test(stat);
}
