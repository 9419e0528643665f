import { InvalidArgumentError, Option, type Command } from 'commander';
import { checkDefaults } from '../../../health/options.js';
import type { WriterName } from '../../../formats/writers/writer.js';
import { splitOperands } from './operands.js';
import { configOption, durationOption, levelOption } from '../../options.js';
import type { RegisterOptions } from './action.js';

// Spelt out: the writers themselves are loaded when they are needed.
const formats = ['json', 'plain', 'grpc-endpoints', 'kratos', 'kitex'] as const satisfies readonly WriterName[];

export function declareRegister(program: Command): void {
  program
    .command('register')
    .description('register a service for as long as this runs, and with a command: for as long as that serves')
    .usage('[options] <service> [address:port] [-- command...]')
    .argument('<service>', 'name of the service')
    .argument(
      '[address]',
      'ADDRESS:PORT, or :PORT; without an address, $POD_IP or that of the way to etcd; without a port, $PORT',
    )
    .argument('[command...]', 'after --: what serves; it is started, watched over and ended')
    .addOption(durationOption('--ttl <duration>', 'how long the key outlives us when we die; whole seconds', '10s'))
    .addOption(new Option('--id <id>', 'name of this one among the service’s (default: its address and port)'))
    .addOption(new Option('--tag <tag>', 'may be given several times').argParser(collect))
    .addOption(new Option('--meta <key=value>', 'metadata; may be given several times').argParser(collectPair))
    .addOption(new Option('--weight <number>', 'share of the traffic, 0 to 65535').argParser(wholeUpTo(0, 65_535)))
    .addOption(new Option('--zone <zone>', 'where it is'))
    .addOption(new Option('--service-version <version>', 'which version of the service it is'))
    .addOption(new Option('--scheme <scheme>', 'how it is spoken to: http, grpc'))
    .addOption(new Option('--format <format>', 'how the registration is written').choices(formats).default('json'))
    .addOption(new Option('--prefix <prefix>', 'what the key begins with (default: what is usual for the format)'))
    .addOption(
      new Option(
        '--key <key>',
        'the whole key; or what follows the prefix, with <service> and <id> (default: <service>/<id>)',
      ),
    )
    .addOption(new Option('--take-over', 'take the key also from somebody else who holds it'))
    .addOption(
      new Option(
        '--check <check>',
        'whether it is well: http://…, https://…, tcp, tcp://host:port or a command; none (default: with a command, that the port accepts once)',
      ),
    )
    .addOption(
      durationOption('--interval <duration>', 'time from one check to the next', `${checkDefaults.interval / 1000}s`),
    )
    .addOption(
      durationOption('--check-timeout <duration>', 'what a check may take (default: the interval, 2s at most)'),
    )
    .addOption(
      new Option('--rise <count>', 'so many good checks in a row, and it is well')
        .argParser(wholeUpTo(1, 1000))
        .default(checkDefaults.rise, String(checkDefaults.rise)),
    )
    .addOption(
      new Option('--fall <count>', 'so many bad ones in a row, and it is unhealthy')
        .argParser(wholeUpTo(1, 1000))
        .default(checkDefaults.fall, String(checkDefaults.fall)),
    )
    .addOption(
      new Option('--on-unhealthy <what>', 'what becomes of the key then')
        .choices(['withdraw', 'critical'])
        .default('withdraw'),
    )
    .addOption(durationOption('--drain <duration>', 'at SIGTERM: time between draining and leaving', '5s'))
    .addOption(durationOption('--kill-after <duration>', 'what the command has to end, before SIGKILL', '10s'))
    .addOption(new Option('--endpoints <list>', 'of etcd, with commas between them').argParser(listOf))
    .addOption(configOption())
    .addOption(levelOption())
    .addHelpText(
      'after',
      `
Exit codes: that of the command; without one 0 when the key was taken away, 1 when it could not be registered or taken away;
2 the command line is wrong, 126 the command cannot be run, 127 it is not found.

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
        const [service, where, ...more] = before;
        if (service === undefined) return wrong('the name of the service comes before the --');
        if (more.length > 0)
          return wrong(`too many arguments: the command comes after --, as in: -- ${more.join(' ')}`);
        if (after?.length === 0) return wrong('no command comes after the --');
        for (const [flag, needs, given] of [
          ...['--rise', '--fall', '--on-unhealthy'].map((one) => [one, '--check', options.check] as const),
          ['--kill-after', 'a command after --', after] as const,
        ])
          if (given === undefined && isGiven(command, flag)) return wrong(`${flag} needs ${needs}`);
        const { register } = await import('./action.js');
        await register({ service, addressArgument: where, command: after }, options);
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
  if (Object.hasOwn(previous, key)) throw new InvalidArgumentError(`${key} is there already.`);
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
