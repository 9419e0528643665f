import * as z from 'zod';
import { argv } from './argv.js';
import { pace, type ReloadKind } from './kind.js';
import { reloadBy, type ProbeFactory } from './probe.js';
import { showCommand, showEnd } from '../process/show.js';
import { runCommand } from './run.js';

/** Asks by running a command: exit code 0 is a yes. */
export const commandProbe: ProbeFactory<{ readonly command: readonly string[] }> = ({ command }, runtime) => ({
  describe: `command ${showCommand(command)}`,
  async attempt(context, timeout, signal) {
    const end = await runCommand(command, timeout, context, runtime, signal);
    if (end.kind === 'exited' && end.code === 0) return { ok: true };
    const said = end.kind === 'not-started' || end.output === '' ? '' : `: ${end.output}`;
    return {
      ok: false,
      timedOut: end.kind === 'timed-out',
      reason: `command \`${showCommand(command)}\` ${showEnd(end, timeout)}${said}`,
    };
  },
});

const schema = z.strictObject({
  command: argv.meta({ description: 'Acknowledged by exit code 0.' }),
  ...pace,
});

/** `reload: {command: [nginx, -s, reload]}`. Acknowledged by exit code 0. */
export const commandReload: ReloadKind<typeof schema> = {
  key: 'command',
  schema,
  create: (options, runtime) => reloadBy(commandProbe(options, runtime), options.timeout),
};
