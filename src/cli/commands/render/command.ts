import { Option, type Command } from 'commander';
import { dialects } from '../../../render/dialects/grammar.js';
import { configOption, timeoutOption } from '../../options.js';
import type { RenderOptions } from './action.js';

export function declareRender(program: Command): void {
  program
    .command('render')
    .description('render a target or a single template to standard output; writes nothing else')
    .argument('<name>', 'a target of the config, a built-in template, or the path of a template')
    .addOption(configOption())
    .addOption(new Option('--from <file>', 'read the services from this fixture, not from etcd'))
    .addOption(new Option('--service <service>', 'render the template for one service, as `forEach: service` does'))
    .addOption(new Option('--dialect <dialect>', 'how the template escapes values').choices(dialects))
    .addOption(new Option('--only <output>', 'print only this output'))
    .addOption(timeoutOption('time for etcd to answer', '5s'))
    .addHelpText(
      'after',
      `
Exit codes: 0 rendered whole, 1 something was left out (standard error says what and why), 2 the rendering failed.

Examples:
  $ rollcall render nginx                            the output that run would write for the target nginx
  $ rollcall render nginx-upstreams --from fixture.yaml
  $ rollcall render ./map.hbs --service web --from fixture.yaml`,
    )
    .action(async (name: string, options: RenderOptions) => {
      const { render } = await import('./action.js');
      process.exitCode = await render(name, options);
    });
}
