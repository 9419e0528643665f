import { loadConfig, type LoadedConfig } from '../config/load.js';
import type { TargetKinds } from '../targets/kinds.js';
import { ConfigError } from '../config/problem.js';
import { readTemplates, type TemplateSet } from '../config/templates.js';
import { TemplateError } from '../render/problem.js';
import { compileAll, type Compiled, type StagedConfig } from './compile-templates.js';

/** A config that was read, checked and compiled: everything that can be known to be wrong before anything runs is right. */
export interface Prepared {
  readonly loaded: LoadedConfig;
  readonly compiled: Compiled;
  /** The texts that they were compiled from. */
  readonly templates: TemplateSet;
}

/**
 * @param file absolute path of the config
 * @param seen takes every file that was read, with its digest, as `followFiles` takes them; also when this throws
 * @param kinds of targets that the config may use. Default: those that rollcall has.
 * @throws ConfigError or TemplateError with every problem of its kind
 */
export async function prepareConfig(
  file: string,
  seen = new Map<string, string>(),
  kinds?: TargetKinds,
): Promise<Prepared> {
  const remember = (files: ReadonlyMap<string, string>): void => {
    for (const [path, digest] of files) seen.set(path, digest);
  };
  try {
    const loaded = await loadConfig(file, kinds);
    remember(loaded.files);
    return await prepareLoaded(loaded, remember);
  } catch (error) {
    if (error instanceof ConfigError) remember(error.files);
    throw error;
  }
}

/**
 * The same for a config that is read already.
 *
 * @param remember takes every template that was read, with its digest
 */
export async function prepareLoaded(
  loaded: StagedConfig,
  remember: (files: ReadonlyMap<string, string>) => void = () => undefined,
): Promise<Prepared> {
  const set = await readTemplates(loaded);
  remember(set.files);
  const { compiled, paths, templates } = compileAll(loaded, set);
  if (paths.length > 0) throw new ConfigError('CONFIG_INVALID', paths, new Map([...loaded.files, ...set.files]));
  if (templates.length > 0) throw new TemplateError('TEMPLATE_INVALID', templates);
  return { loaded, compiled, templates: set };
}
