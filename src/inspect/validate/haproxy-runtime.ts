import { addressOf } from '../../build/haproxy-runtime.js';
import type { LoadedConfig } from '../../config/load.js';
import type { ConfigPath, ConfigProblem } from '../../config/problem.js';
import { withDeadline } from '../../model/deadline.js';
import { messageOf, RollcallError } from '../../model/errors.js';
import type { Clock } from '../../ports/runtime.js';
import { createQuestions } from '../../reload/haproxy/questions.js';
import { ask, showAddress } from '../../reload/haproxy/connection.js';

/** A problem with an admin socket. `code`: 1 when servers cannot be changed over it, 0 for a warning. */
export interface RuntimeProblem extends ConfigProblem {
  readonly code: 0 | 1;
}

/**
 * Asks each admin socket of the config whether it is HAProxy's, and whether servers may be changed over it.
 *
 * @param timeout milliseconds for each of them
 */
export async function checkHaproxyRuntimes(
  { config, locate }: LoadedConfig,
  clock: Clock,
  timeout: number,
): Promise<RuntimeProblem[]> {
  const problems: RuntimeProblem[] = [];
  for (const [index, { haproxyRuntime }] of config.targets.entries()) {
    if (!haproxyRuntime) continue;
    const key = 'socket' in haproxyRuntime ? 'socket' : 'address';
    const at: ConfigPath = ['targets', index, 'haproxyRuntime', key];
    const found = await checkOne(addressOf(haproxyRuntime), clock, timeout);
    if (found) problems.push({ ...locate(at, found.message, found.hint), code: found.code });
  }
  return problems;
}

async function checkOne(
  address: ReturnType<typeof addressOf>,
  clock: Clock,
  timeout: number,
): Promise<{ readonly message: string; readonly hint: string; readonly code: 0 | 1 } | undefined> {
  const where = showAddress(address);
  const line = `stats socket ${'path' in address ? address.path : `ipv4@${where}`} level admin`;
  try {
    return await withDeadline({ timeout, clock }, async (signal) => {
      const { canAdd, version } = await createQuestions(address, () => false).info(signal);
      const level = (await ask(address, 'show cli level', signal)).trim();
      if (level !== 'admin')
        return {
          code: 1,
          message: `the admin socket ${where} has the level ${/^[a-z]{1,20}$/.test(level) ? level : 'of no name'}: HAProxy refuses to change servers over it`,
          hint: `Write \`${line}\` in the \`global\` section of HAProxy.`,
        };
      if (canAdd) return undefined;
      return {
        code: 0,
        message: `HAProxy ${version} adds and removes no server while it runs`,
        hint: 'Weights change without a reload, other changes need one. HAProxy 2.5 and newer need none.',
      };
    });
  } catch (error) {
    const message = error instanceof RollcallError ? error.message : `admin socket ${where}: ${messageOf(error)}`;
    return {
      code: 1,
      message,
      hint: `Start HAProxy with \`${line}\` in its \`global\` section. The user of rollcall must be allowed to write to the socket.`,
    };
  }
}
