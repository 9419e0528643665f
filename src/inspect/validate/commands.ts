import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { LoadedConfig } from '../../config/load.js';
import type { ConfigPath, ConfigProblem } from '../../config/problem.js';
import type { Runtime } from '../../ports/runtime.js';

/** Makes a problem for each program of the config that does not exist or may not be executed. */
export async function checkCommands(loaded: LoadedConfig, env: Runtime['env']): Promise<ConfigProblem[]> {
  const found = await Promise.all(
    mentionsOf(loaded).map(({ at, program }) => checkProgram(loaded, at, program, env.PATH ?? '')),
  );
  return found.flat();
}

interface Mention {
  readonly at: ConfigPath;
  readonly program: string;
}

function mentionsOf({ config }: LoadedConfig): Mention[] {
  return config.targets.flatMap((target, index) =>
    (['check', 'reload', 'confirm'] as const).flatMap((key): Mention[] => {
      const block = target[key];
      if (!block || !('command' in block)) return [];
      return [{ at: ['targets', index, key], program: block.command[0] ?? '' }];
    }),
  );
}

async function checkProgram(
  { directory, locate }: LoadedConfig,
  at: ConfigPath,
  program: string,
  path: string,
): Promise<ConfigProblem[]> {
  if (!program.includes('/')) {
    const places = path.split(delimiter).filter((place) => place !== '');
    for (const place of places) if (await isExecutable(join(place, program))) return [];
    return [locate(at, `${program} is not found in PATH (${path})`, 'Install it, or name it by its absolute path.')];
  }
  const place = isAbsolute(program) ? program : resolve(directory, program);
  if (await isExecutable(place)) return [];
  const there = await stat(place).then(
    () => true,
    () => false,
  );
  return [locate(at, `${place} ${there ? 'may not be executed' : 'does not exist'}`)];
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
