import { Option, type Command } from 'commander';
import { configOption } from '../options.js';

/** Declares how a command finds the running process. */
export function addPlaceOptions(command: Command): Command {
  return command
    .addOption(configOption())
    .addOption(new Option('--admin <url>', 'address of `admin.listen`, instead of the socket in stateDir'))
    .addOption(new Option('--token-file <file>', 'file with the token of `admin`, for --admin'));
}
