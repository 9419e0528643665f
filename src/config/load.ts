import { parseConfig, type ParsedConfig } from './parse-config.js';
import { ConfigError } from './problem.js';
import type { Config } from './schema.js';

/** A config that can be used. */
export interface LoadedConfig extends Pick<ParsedConfig, 'file' | 'folder' | 'warnings' | 'files' | 'locate'> {
  readonly config: Config;
}

/**
 * A config, read and found right.
 *
 * @param file absolute path.
 * @throws ConfigError: `CONFIG_NOT_FOUND` when it cannot be read, `CONFIG_INVALID` with every problem.
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const { config, folder, errors, warnings, files, locate } = await parseConfig(file);
  if (!config || errors.length > 0) throw new ConfigError('CONFIG_INVALID', errors, files);
  return { file, folder, config, warnings, files, locate };
}
