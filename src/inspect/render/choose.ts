import { resolve } from 'node:path';
import { findConfig } from '../../config/find.js';
import { loadConfig, type LoadedConfig } from '../../config/load.js';
import { RollcallError } from '../../model/errors.js';
import type { Dialect } from '../../render/dialects/grammar.js';
import type { Subject } from './config.js';

/** The arguments of `rollcall render`. */
export interface Choice {
  /** A target of the config, a built-in template, or, with a slash or a dot, the path of a template. */
  readonly name: string;
  /** The value of `-c`. */
  readonly config?: string | undefined;
  /** There is a fixture: then a config is optional. */
  readonly offline: boolean;
  readonly service?: string | undefined;
  readonly dialect?: Dialect | undefined;
}

/**
 * Finds the target or template that a name means, and its config.
 *
 * @throws RollcallError when the config is wrong, or is needed and missing; when the options cannot be used with a target
 */
export async function chooseSubject(
  { name, config, offline, service, dialect }: Choice,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<{ readonly subject: Subject; readonly loaded: LoadedConfig | undefined }> {
  const named = config ?? env.ROLLCALL_CONFIG ?? '';
  const isPath = name.includes('/');
  const loaded = offline && isPath && named === '' ? undefined : await loadIfThere(offline && named === '');
  const isTarget = !isPath && loaded?.config.targets.some((target) => target.name === name) === true;
  if (isTarget) {
    if (service === undefined && dialect === undefined) return { subject: { target: name }, loaded };
    const hint = 'Select one of its outputs with --only.';
    throw new RollcallError(
      'CONFIG_INVALID',
      `${name} is a target: --service and --dialect can be used only with a template`,
      {
        hint,
      },
    );
  }
  const template = /[/.]/.test(name) ? resolve(cwd, name) : name;
  const locate = (message: string, hint?: string) => {
    const targets = loaded?.config.targets.map((target) => target.name).join(', ');
    const why =
      template === name && targets !== undefined
        ? `${message}, and no target has it (the targets are: ${targets})`
        : message;
    return { file: name, line: 1, column: 1, path: '', message: why, excerpt: '', ...(hint !== undefined && { hint }) };
  };
  return { subject: { template, dialect, service, locate }, loaded };

  async function loadIfThere(mayBeMissing: boolean): Promise<LoadedConfig | undefined> {
    try {
      return await loadConfig(await findConfig(config, env, cwd));
    } catch (error) {
      if (mayBeMissing && error instanceof RollcallError && error.code === 'CONFIG_NOT_FOUND') return undefined;
      throw error;
    }
  }
}
