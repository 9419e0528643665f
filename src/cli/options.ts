import { InvalidArgumentError, Option } from 'commander';
import { longestDuration, parseDuration } from '../model/duration.js';
import { levels } from './levels.js';

/** The option `-c FILE` of the commands that read a config. */
export function configOption(): Option {
  const places = '$ROLLCALL_CONFIG, ./rollcall.yaml, /etc/rollcall/rollcall.yaml';
  return new Option('-c, --config <file>', `config file (default: the first that exists of ${places})`);
}

export function levelOption(): Option {
  return new Option('--log-level <level>', 'the lowest level to log')
    .choices(levels)
    .default('info')
    .env('ROLLCALL_LOG_LEVEL');
}

export function timeoutOption(description: string, fallback: string): Option {
  return durationOption('--timeout <duration>', description, fallback);
}

/** A duration option; its value is in milliseconds. Without a fallback, an option that is not given is undefined. */
export function durationOption(flags: string, description: string, fallback?: string): Option {
  const option = new Option(flags, description).argParser((text) => {
    const ms = parseDuration(text);
    if (ms === undefined || ms > longestDuration)
      throw new InvalidArgumentError('Write it as 500ms, 30s or 2m; 24h at most.');
    return ms;
  });
  return fallback === undefined ? option : option.default(parseDuration(fallback), fallback);
}

const outputs = ['table', 'wide', 'json', 'yaml'] as const;
export type Output = (typeof outputs)[number];

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'output format').choices(outputs).default('table');
}
