import type { TargetKinds } from '../targets/kinds.js';
import { parseConfig, type ParsedConfig } from './parse-config.js';
import { ConfigError } from './problem.js';
import type { Config } from './schema.js';

/** A valid config. */
export interface LoadedConfig extends Pick<
  ParsedConfig,
  'file' | 'directory' | 'kinds' | 'warnings' | 'files' | 'locate'
> {
  readonly config: Config;
}

/**
 * Reads and checks a config.
 *
 * @param file absolute path
 * @param kinds the kinds of targets that the config may use. Default: all kinds of rollcall.
 * @throws ConfigError: `CONFIG_NOT_FOUND` when it cannot be read, `CONFIG_INVALID` with every problem
 */
export async function loadConfig(file: string, kinds?: TargetKinds): Promise<LoadedConfig> {
  const parsed = await parseConfig(file, kinds);
  const { config, directory, errors, warnings, files, locate } = parsed;
  if (!config || errors.length > 0) throw new ConfigError('CONFIG_INVALID', errors, files);
  return { file, directory, kinds: parsed.kinds, config, warnings, files, locate };
}
