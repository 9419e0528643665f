import { loadConfig, type LoadedConfig } from '../config/load.js';
import { findPlaces, isOneMoment } from '../config/one-moment.js';
import type { TargetKinds } from '../targets/kinds.js';
import { ConfigError } from '../config/problem.js';
import { readTemplates, type TemplateSet } from '../config/templates.js';
import { TemplateError } from '../render/problem.js';
import { compileAll, type CompilableConfig, type CompiledTargets } from './compile-templates.js';

/** A config that was read, checked and compiled: it has no mistake that can be found before it runs. */
export interface Prepared {
  readonly loaded: LoadedConfig;
  readonly compiled: CompiledTargets;
  /** The template texts before compilation. */
  readonly templates: TemplateSet;
}

/** A config that is replaced at each of so many attempts is used as it was read last. The next poll reads it again. */
const ATTEMPTS = 10;

/**
 * Reads, checks and compiles a config. When a link on the way to its files is replaced meanwhile, as in a mounted ConfigMap, all of them are read
 * again: a config is never combined with the templates of another.
 *
 * @param file absolute path of the config
 * @param seen receives the digest of every file that was read, as `followFiles` takes them; also when this throws
 * @param kinds the kinds of targets that the config may use. Default: all kinds of rollcall.
 * @throws ConfigError or TemplateError with every problem of its kind
 */
export async function prepareConfig(
  file: string,
  seen = new Map<string, string>(),
  kinds?: TargetKinds,
): Promise<Prepared> {
  let before = await findPlaces([file]);
  for (let attempt = 1; ; attempt++) {
    const files = new Map<string, string>();
    const read = await prepareOnce(file, files, kinds).then(
      (prepared) => ({ prepared }),
      (error: unknown) => ({ error }),
    );
    const after = await findPlaces([file, ...files.keys()]);
    if (attempt < ATTEMPTS && !isOneMoment(before, after)) {
      before = after;
      continue;
    }
    for (const [path, digest] of files) seen.set(path, digest);
    if ('prepared' in read) return read.prepared;
    throw read.error;
  }
}

async function prepareOnce(file: string, seen: Map<string, string>, kinds: TargetKinds | undefined): Promise<Prepared> {
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
 * The same for a config that was already read.
 *
 * @param remember receives the digest of every template that was read
 */
export async function prepareLoaded(
  loaded: CompilableConfig,
  remember: (files: ReadonlyMap<string, string>) => void = () => undefined,
): Promise<Prepared> {
  const set = await readTemplates(loaded);
  remember(set.files);
  const { compiled, settings, templates } = compileAll(loaded, set);
  if (settings.length > 0) throw new ConfigError('CONFIG_INVALID', settings, new Map([...loaded.files, ...set.files]));
  if (templates.length > 0) throw new TemplateError('TEMPLATE_INVALID', templates);
  return { loaded, compiled, templates: set };
}
