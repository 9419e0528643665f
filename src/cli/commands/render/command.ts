import { Option, type Command } from 'commander';
import { dialects } from '../../../render/dialects/grammar.js';
import { configOption, timeoutOption } from '../../options.js';
import type { RenderOptions } from './action.js';

export function declareRender(program: Command): void {
  program
    .command('render')
    .description('render a target, or a template by itself, to standard output; writes nothing else')
    .argument('<name>', 'a target of the config, a built-in template, or the path of one')
    .addOption(configOption())
    .addOption(new Option('--from <file>', 'a fixture that is written down, instead of what etcd holds now'))
    .addOption(new Option('--service <service>', 'a template for one service, as `forEach: service` does'))
    .addOption(new Option('--dialect <dialect>', 'of a template, how values are escaped').choices(dialects))
    .addOption(new Option('--only <output>', 'of several outputs, this one'))
    .addOption(timeoutOption('how long etcd has to answer', '5s'))
    .addHelpText(
      'after',
      `
Exit codes: 0 rendered whole, 1 something was left out (standard error says what and why), 2 it could not be rendered.

Examples:
  $ rollcall render nginx                            what run would write for the target nginx
  $ rollcall render nginx-upstreams --from fixture.yaml
  $ rollcall render ./map.hbs --service web --from fixture.yaml`,
    )
    .action(async (name: string, options: RenderOptions) => {
      const { render } = await import('./action.js');
      process.exitCode = await render(name, options);
    });
}
