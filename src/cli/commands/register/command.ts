import { InvalidArgumentError, Option, type Command } from 'commander';
import { healthCheckDefaults } from '../../../health/options.js';
import type { WriterName } from '../../../formats/writers/writer.js';
import { splitOperands } from './operands.js';
import { configOption, durationOption, levelOption } from '../../options.js';
import type { RegisterOptions } from './action.js';

// Listed here so that `--help` does not load the writers.
const formats = ['json', 'plain', 'grpc-endpoints', 'kratos', 'kitex'] as const satisfies readonly WriterName[];

export function declareRegister(program: Command): void {
  program
    .command('register')
    .description(
      'register a service while this command runs; with -- COMMAND, start it, register it when healthy, and end it',
    )
    .usage('[options] <service> [address:port] [-- command...]')
    .argument('<service>', 'name of the service')
    .argument(
      '[address]',
      'ADDRESS:PORT, or :PORT; default address: $POD_IP, or the address that routes to etcd; default port: $PORT',
    )
    .argument('[command...]', 'after --: the program to start and supervise')
    .addOption(
      durationOption('--ttl <duration>', 'time until the key expires when rollcall dies; whole seconds', '10s'),
    )
    .addOption(new Option('--id <id>', 'id of this instance (default: its address and port)'))
    .addOption(new Option('--tag <tag>', 'a tag; may be given several times').argParser(collect))
    .addOption(new Option('--meta <key=value>', 'metadata; may be given several times').argParser(collectPair))
    .addOption(new Option('--weight <number>', 'share of the traffic, 0 to 65535').argParser(wholeUpTo(0, 65_535)))
    .addOption(new Option('--zone <zone>', 'the zone of the instance'))
    .addOption(new Option('--service-version <version>', 'the version of the service'))
    .addOption(new Option('--scheme <scheme>', 'the protocol: http, grpc'))
    .addOption(new Option('--format <format>', 'format of the registration').choices(formats).default('json'))
    .addOption(new Option('--prefix <prefix>', 'beginning of the key (default: the usual prefix of the format)'))
    .addOption(
      new Option(
        '--key <key>',
        'the whole key, or the pattern after the prefix, with <service> and <id> (default: <service>/<id>)',
      ),
    )
    .addOption(new Option('--take-over', 'replace the key of another writer'))
    .addOption(
      new Option(
        '--check <check>',
        'health check: http://…, https://…, tcp, tcp://host:port, a command, or none (default with -- COMMAND: wait until the port accepts a connection)',
      ),
    )
    .addOption(
      durationOption('--interval <duration>', 'time between checks', `${healthCheckDefaults.interval / 1000}s`),
    )
    .addOption(
      durationOption('--check-timeout <duration>', 'time limit of a check (default: the interval, at most 2s)'),
    )
    .addOption(
      new Option('--rise <count>', 'consecutive successes before the service counts as healthy')
        .argParser(wholeUpTo(1, 1000))
        .default(healthCheckDefaults.rise, String(healthCheckDefaults.rise)),
    )
    .addOption(
      new Option('--fall <count>', 'consecutive failures before the service counts as unhealthy')
        .argParser(wholeUpTo(1, 1000))
        .default(healthCheckDefaults.fall, String(healthCheckDefaults.fall)),
    )
    .addOption(
      new Option('--on-unhealthy <what>', 'what to do with the key then: delete it, or set the status')
        .choices(['withdraw', 'critical'])
        .default('withdraw'),
    )
    .addOption(durationOption('--drain <duration>', 'at SIGTERM: time between draining and deregistering', '5s'))
    .addOption(durationOption('--kill-after <duration>', 'time for the command to end before SIGKILL', '10s'))
    .addOption(new Option('--endpoints <list>', 'etcd endpoints, separated by commas').argParser(listOf))
    .addOption(configOption())
    .addOption(levelOption())
    .addHelpText(
      'after',
      `
Exit codes: with a command, its own. Without one, 0 when the key was deleted, 1 when it could not be registered or deleted.
2 the command line is wrong, 126 the command cannot be run, 127 the command was not found.

Examples:
  $ rollcall register web 10.0.0.1:8080                      until SIGTERM
  $ rollcall register web :8080 --check http://localhost:8080/health
  $ rollcall register web :8080 --drain 10s -- node server.js
  $ rollcall register web --tag public --meta team=core --weight 5 -- ./serve     the port from $PORT`,
    )
    .action(
      async (
        _service: string,
        _address: string | undefined,
        _words: unknown,
        options: RegisterOptions,
        command: Command,
      ) => {
        const { before, after } = splitOperands(command.args, process.argv.slice(2));
        const wrong = (problem: string): never => command.error(`error: ${problem}`, { exitCode: 2 });
        const [service, addressArgument, ...more] = before;
        if (service === undefined) return wrong('write the name of the service before the --');
        if (more.length > 0)
          return wrong(`too many arguments: write the command after --, as in: -- ${more.join(' ')}`);
        if (after?.length === 0) return wrong('write a command after the --');
        for (const [flag, needs, given] of [
          ...['--rise', '--fall', '--on-unhealthy'].map((one) => [one, '--check', options.check] as const),
          ['--kill-after', 'a command after --', after] as const,
        ])
          if (given === undefined && isGiven(command, flag)) return wrong(`${flag} needs ${needs}`);
        const { register } = await import('./action.js');
        await register({ service, addressArgument, command: after }, options);
      },
    );
}

function isGiven(command: Command, flag: string): boolean {
  const option = command.options.find(({ long }) => long === flag);
  return option !== undefined && command.getOptionValueSource(option.attributeName()) === 'cli';
}

function collect(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text];
}

function collectPair(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write it as key=value.');
  const key = text.slice(0, at);
  if (Object.hasOwn(previous, key)) throw new InvalidArgumentError(`${key} is given twice.`);
  return { ...previous, [key]: text.slice(at + 1) };
}

function wholeUpTo(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (!(number >= least && number <= most))
      throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`);
    return number;
  };
}

function listOf(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.includes('')) throw new InvalidArgumentError('Write them as http://a:2379,http://b:2379.');
  return parts;
}
