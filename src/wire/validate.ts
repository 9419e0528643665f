import { access, constants, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { LoadedConfig } from '../config/load.js';
import type { ConfigPath, ConfigProblem } from '../config/problem.js';
import { createEtcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { messageOf, RollcallError } from '../model/errors.js';
import type { Surroundings } from './surroundings.js';

/**
 * What a config needs of the machine it is to run on: commands that are there and may be run, folders that its files can
 * be written to, an etcd that answers and lets us read. Every problem at its place in the config.
 *
 * @param timeout milliseconds for etcd
 */
export async function checkSurroundings(
  loaded: LoadedConfig,
  surroundings: Surroundings,
  timeout: number,
): Promise<ConfigProblem[]> {
  const found = await Promise.all([
    ...commandsOf(loaded).map(({ at, program }) => checkProgram(loaded, at, program, surroundings.env.PATH ?? '')),
    ...checkFolders(loaded),
    checkEtcd(loaded, surroundings, timeout),
  ]);
  return found.flat();
}

interface Mention {
  readonly at: ConfigPath;
  readonly program: string;
}

function commandsOf({ config }: LoadedConfig): Mention[] {
  return config.targets.flatMap((target, index) =>
    (['check', 'reload', 'confirm'] as const).flatMap((key): Mention[] => {
      const block = target[key];
      if (!block || !('command' in block)) return [];
      return [{ at: ['targets', index, key], program: block.command[0] ?? '' }];
    }),
  );
}

async function checkProgram(
  loaded: LoadedConfig,
  at: ConfigPath,
  program: string,
  path: string,
): Promise<ConfigProblem[]> {
  const named = program.includes('/');
  const folders = named ? [''] : path.split(delimiter).filter((folder) => folder !== '');
  const places = named
    ? [isAbsolute(program) ? program : resolve(loaded.folder, program)]
    : folders.map((folder) => join(folder, program));
  for (const place of places) if (await isExecutable(place)) return [];
  const [only] = places;
  const there = named && only !== undefined && (await exists(only));
  const message = there
    ? `${program} may not be executed`
    : named
      ? `${program} does not exist`
      : `${program} is not found in PATH`;
  return [loaded.locate(at, message, named ? undefined : 'Install it, or name it by its absolute path.')];
}

function checkFolders(loaded: LoadedConfig): Promise<ConfigProblem[]>[] {
  return loaded.config.targets.flatMap((target, index) =>
    (target.files ?? []).map(async ({ path, forEach }, file) => {
      // A fan-out makes its folder itself.
      const folder = forEach ? undefined : dirname(path);
      if (folder === undefined || (await exists(folder))) return [];
      return [
        loaded.locate(
          ['targets', index, 'files', file, 'path'],
          `the folder ${folder} does not exist`,
          'Make it, or correct the path.',
        ),
      ];
    }),
  );
}

async function checkEtcd(loaded: LoadedConfig, surroundings: Surroundings, timeout: number): Promise<ConfigProblem[]> {
  const etcd = createEtcd(connectionFrom(loaded.config.etcd, surroundings.env), surroundings);
  try {
    const problems: ConfigProblem[] = [];
    for (const [index, { prefix }] of loaded.config.sources.entries()) {
      try {
        await etcd.range({ prefix, limit: 1 }, AbortSignal.timeout(timeout));
      } catch (error) {
        const known = error instanceof RollcallError ? error : undefined;
        const silent = known === undefined || known.code === 'ETCD_UNREACHABLE';
        const why =
          known === undefined ? `etcd did not answer within ${timeout} ms: ${messageOf(error)}` : known.message;
        const at: ConfigPath = silent ? ['etcd'] : ['sources', index, 'prefix'];
        problems.push(loaded.locate(at, why, known?.hint));
        // The other sources would wait for the same silence.
        if (silent) break;
      }
    }
    return problems;
  } finally {
    etcd.close();
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
