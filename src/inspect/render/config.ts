import { basename } from 'node:path';
import type { LoadedConfig } from '../../config/load.js';
import { ConfigError } from '../../config/problem.js';
import type { Fixture } from '../../config/fixture.js';
import { configSchema, type Config } from '../../config/schema.js';
import { createTargetSchema } from '../../config/target.js';
import { targetKinds } from '../../targets/registry.js';
import type { Dialect } from '../../render/dialects/grammar.js';
import type { StagedConfig } from '../../build/compile-templates.js';
import { selectTargets } from '../select-targets.js';
import type { LocatedFixture } from './fixture-snapshot.js';

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
 * The config under which a subject is rendered: the target alone, or a target made for the template; the fixture's `expect`, `vars`
 * and `env` on top. Without a config it is made of the fixture alone.
 *
 * @throws RollcallError `CONFIG_INVALID` for a target that is not there
 * @throws ConfigError `FIXTURE_INVALID` for sources beside those of a config
 */
export function createDryRunConfig(
  subject: Subject,
  loaded: LoadedConfig | undefined,
  written: LocatedFixture | undefined,
): StagedConfig {
  const fixture = written?.fixture;
  if (loaded && written && fixture?.sources) {
    const problem = written.locate(['sources'], 'the config has sources of its own');
    throw new ConfigError('FIXTURE_INVALID', [problem], new Map());
  }
  const base = { ...(loaded ?? emptyConfig(fixture)), ...(written && { setIn: placesOf(written, loaded) }) };
  if ('target' in subject) {
    const narrowed = selectTargets(base, [subject.target]);
    return { ...narrowed, config: overlay(narrowed.config, fixture) };
  }
  const { locate } = subject;
  const config = { ...base.config, targets: [targetFor(subject)] };
  return {
    ...base,
    kinds: targetKinds,
    config: overlay(config, fixture),
    locate: (_path, message, hint) => locate(message, hint),
  };
}

/** A config says which variables may be read, whatever their values. */
function placesOf({ file }: LocatedFixture, loaded: LoadedConfig | undefined): NonNullable<StagedConfig['setIn']> {
  return loaded ? { vars: file } : { vars: file, env: file };
}

function overlay(config: Config, fixture: Fixture | undefined): Config {
  if (!fixture) return config;
  const targets = config.targets.map((target) => ({
    ...target,
    expect: [...new Set([...target.expect, ...fixture.expect])],
    vars: { ...target.vars, ...fixture.vars },
  }));
  return { ...config, targets };
}

function targetFor({ template, dialect, service }: Exclude<Subject, { target: string }>): Config['targets'][number] {
  // The dialect is found by the name of the output: that of the template, without its ending.
  const name = basename(template, '.hbs');
  const file = service === undefined ? { path: `/${name}` } : { path: `/{{service.name}}-${name}`, forEach: 'service' };
  return createTargetSchema(targetKinds).parse({
    name: stageName,
    ...(service !== undefined && { select: { services: [service] } }),
    files: [{ ...file, template, ...(dialect && { dialect }) }],
  });
}

function emptyConfig(fixture: Fixture | undefined): LoadedConfig {
  const config = configSchema.parse({
    env: Object.keys(fixture?.env ?? {}),
    sources: [{ name: 'services', prefix: '/services/' }],
    targets: [{ name: stageName, files: [{ path: '/-', template: '-' }] }],
  });
  const locate: LoadedConfig['locate'] = (_path, message) => {
    throw new TypeError(`there is no config that could be wrong: ${message}`);
  };
  const sources = fixture?.sources ?? config.sources;
  const nowhere = { file: '', folder: '/', warnings: [], files: new Map<string, string>() };
  return { ...nowhere, config: { ...config, sources }, kinds: targetKinds, locate };
}
