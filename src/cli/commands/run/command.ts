import { Option, type Command } from 'commander';
import { configOption, levelOption, timeoutOption } from '../../options.js';
import type { RunOptions } from './action.js';

export function declareRun(program: Command): void {
  program
    .command('run')
    .description('keep every target in step with etcd until SIGTERM; SIGHUP reads the config again')
    .addOption(configOption())
    .addOption(new Option('--once', 'bring every target in step once, then exit'))
    .addOption(
      new Option(
        '--allow-empty',
        'with --once: nothing is held, and a list of etcd may empty outputs that had contents',
      ),
    )
    .addOption(timeoutOption('with --once: time limit', '30s'))
    .addOption(levelOption())
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall run -c /etc/rollcall/rollcall.yaml
  $ rollcall run --once --timeout 10s        as a config generator, in a script`,
    )
    .action(async (options: RunOptions, command: Command) => {
      if (options.allowEmpty && !options.once)
        command.error(
          "error: option '--allow-empty' needs '--once'; a running rollcall takes SIGHUP for a confirmation",
        );
      const { run } = await import('./action.js');
      process.exitCode = await run(options);
    });
}
