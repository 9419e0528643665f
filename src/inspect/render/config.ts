import { basename } from 'node:path';
import type { LoadedConfig } from '../../config/load.js';
import { ConfigError } from '../../config/problem.js';
import type { Roll } from '../../config/roll.js';
import { configSchema, type Config } from '../../config/schema.js';
import { targetSchema } from '../../config/target.js';
import type { Dialect } from '../../render/dialects/grammar.js';
import type { StagedConfig } from '../../build/compile-templates.js';
import { narrowTo } from '../select-targets.js';
import type { WrittenRoll } from './fixture-snapshot.js';

/** What is to be rendered: a target of a config, or a template by itself. */
export type Subject =
  | { readonly target: string }
  | {
      /** Name of a built-in template, or an absolute path. */
      readonly template: string;
      readonly dialect?: Dialect | undefined;
      /** For this service, as `forEach: service` does. */
      readonly service?: string | undefined;
      /** Shows that the template cannot be read. */
      readonly locate: (message: string, hint?: string) => ReturnType<LoadedConfig['locate']>;
    };

/** Where a template stands by itself, that is what its target is called. */
const stageName = 'template';

/**
 * The config under which a subject is rendered: the target alone, or a target made for the template; the roll's `expect`, `vars`
 * and `env` on top. Without a config it is made of the roll alone.
 *
 * @throws RollcallError `CONFIG_INVALID` for a target that is not there
 * @throws ConfigError `ROLL_INVALID` for sources beside those of a config
 */
export function stage(
  subject: Subject,
  loaded: LoadedConfig | undefined,
  written: WrittenRoll | undefined,
): StagedConfig {
  const roll = written?.roll;
  if (loaded && written && roll?.sources) {
    const problem = written.locate(['sources'], 'the config has sources of its own');
    throw new ConfigError('ROLL_INVALID', [problem], new Map());
  }
  const base = { ...(loaded ?? emptyConfig(roll)), ...(written && { setIn: placesOf(written, loaded) }) };
  if ('target' in subject) {
    const narrowed = narrowTo(base, [subject.target]);
    return { ...narrowed, config: overlay(narrowed.config, roll) };
  }
  const { locate } = subject;
  const config = { ...base.config, targets: [targetFor(subject)] };
  return { ...base, config: overlay(config, roll), locate: (_path, message, hint) => locate(message, hint) };
}

/** A config says which variables may be read, whatever their values. */
function placesOf({ file }: WrittenRoll, loaded: LoadedConfig | undefined): NonNullable<StagedConfig['setIn']> {
  return loaded ? { vars: file } : { vars: file, env: file };
}

function overlay(config: Config, roll: Roll | undefined): Config {
  if (!roll) return config;
  const targets = config.targets.map((target) => ({
    ...target,
    expect: [...new Set([...target.expect, ...roll.expect])],
    vars: { ...target.vars, ...roll.vars },
  }));
  return { ...config, targets };
}

function targetFor({ template, dialect, service }: Exclude<Subject, { target: string }>): Config['targets'][number] {
  // The dialect is found by the name of the output: that of the template, without its ending.
  const name = basename(template, '.hbs');
  const file = service === undefined ? { path: `/${name}` } : { path: `/{{service.name}}-${name}`, forEach: 'service' };
  return targetSchema.parse({
    name: stageName,
    ...(service !== undefined && { select: { services: [service] } }),
    files: [{ ...file, template, ...(dialect && { dialect }) }],
  });
}

function emptyConfig(roll: Roll | undefined): LoadedConfig {
  const config = configSchema.parse({
    env: Object.keys(roll?.env ?? {}),
    sources: [{ name: 'services', prefix: '/services/' }],
    targets: [{ name: stageName, files: [{ path: '/-', template: '-' }] }],
  });
  const locate: LoadedConfig['locate'] = (_path, message) => {
    throw new TypeError(`there is no config that could be wrong: ${message}`);
  };
  const sources = roll?.sources ?? config.sources;
  return { config: { ...config, sources }, file: '', folder: '/', warnings: [], files: new Map(), locate };
}
