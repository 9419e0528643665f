import type { CommandContext } from '../ports/check.js';
import { isSecret } from '../process/environment.js';

const always = new Set(['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TZ', 'TMPDIR']);

/**
 * The environment of a command: PATH, HOME, USER, LOGNAME, LANG, LC_*, TZ, TMPDIR and the names that the config allows, if rollcall has
 * them, plus ROLLCALL_TARGET, ROLLCALL_REVISION and ROLLCALL_FILES_FROM. All other variables are left out. ETCDCTL_* is left out even if
 * the config allows it: those are credentials.
 *
 * @param filesFrom path of the NUL-separated list of changed outputs.
 */
export function commandEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  allowed: readonly string[],
  context: CommandContext,
  filesFrom: string,
): Record<string, string> {
  const names = new Set(allowed);
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || isSecret(name)) continue;
    if (always.has(name) || name.startsWith('LC_') || names.has(name)) kept[name] = value;
  }
  return {
    ...kept,
    ROLLCALL_TARGET: context.target,
    ROLLCALL_REVISION: context.revision,
    ROLLCALL_FILES_FROM: filesFrom,
  };
}
