import { warnOfZombies } from '../supervisor/first.js';
import { clock } from '../wire/clock.js';
import type { Surroundings } from '../wire/surroundings.js';
import type { Level } from './levels.js';
import { createLog } from './log.js';

/**
 * This process: its clock, its environment, its chance, and a log on its standard error.
 *
 * @param level `silent` for commands that say all there is to say themselves
 */
export async function createSurroundings(level: Level | 'silent'): Promise<Surroundings> {
  const log = await createLog(level, process.stderr.isTTY);
  warnOfZombies(process.pid, log);
  return { clock, random: Math.random, log, env: process.env };
}
