import { warnOfZombies } from '../process/pid1.js';
import { clock } from '../build/system-clock.js';
import type { Runtime } from '../ports/runtime.js';
import type { Level } from './levels.js';
import { createLog } from './log.js';

/**
 * The runtime of this process: the system clock and random numbers, the environment, and a log on standard error.
 *
 * @param level `silent` for commands that print everything themselves
 */
export async function createRuntime(level: Level | 'silent'): Promise<Runtime> {
  const log = await createLog(level, process.stderr.isTTY);
  warnOfZombies(process.pid, log);
  return { clock, random: Math.random, log, env: process.env };
}
