import { warnOfZombies } from '../process/pid1.js';
import { clock } from '../build/system-clock.js';
import type { Runtime } from '../ports.js';
import type { Level } from './levels.js';
import { createLog } from './log.js';

/**
 * This process: its clock, its environment, its chance, and a log on its standard error.
 *
 * @param level `silent` for commands that say all there is to say themselves
 */
export async function createRuntime(level: Level | 'silent'): Promise<Runtime> {
  const log = await createLog(level, process.stderr.isTTY);
  warnOfZombies(process.pid, log);
  return { clock, random: Math.random, log, env: process.env };
}
