// The built product, as `rollcall run` assembles it, with a witness of its steps and a hand on the switch.
//   node crashing.mjs CONFIG [STEP]
// Prints `step NAME` and `outcome RESULT` as they come; kills itself with SIGKILL when it reaches STEP.
import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { clock, openManager, prepareConfig } from '../../dist/index.js';

const [config, victim] = process.argv.slice(2);
const say = (line) => writeSync(1, `${line}\n`);

const log = pino({ level: 'info' }, pino.destination({ dest: 2, sync: true }));
const runtime = { clock, random: Math.random, log, env: process.env };

const manager = await openManager(await prepareConfig(config), runtime, {
  onStep(step) {
    say(`step ${step}`);
    if (step !== victim) return undefined;
    process.kill(process.pid, 'SIGKILL');
    // Whatever the signal takes, nothing more is done.
    return new Promise(() => undefined);
  },
  onOutcome: (_target, { result }) => say(`outcome ${result}`),
});
await manager.run(new AbortController().signal);
