import { basename } from 'node:path';
import type { LoadedConfig } from '../../config/load.js';
import { ConfigError } from '../../config/problem.js';
import type { Fixture } from '../../config/fixture.js';
import { configSchema, type Config } from '../../config/schema.js';
import { createTargetSchema } from '../../config/target.js';
import { targetKinds } from '../../targets/registry.js';
import type { Dialect } from '../../render/dialects/grammar.js';
import type { SetBy } from '../../render/types.js';
import type { CompilableConfig } from '../../build/compile-templates.js';
import { selectTargets } from '../select-targets.js';
import type { LocatedFixture } from './fixture-snapshot.js';

/** What to render: a target of a config, or a single template. */
export type Subject =
  | { readonly target: string }
  | {
      /** Name of a built-in template, or an absolute path. */
      readonly template: string;
      readonly dialect?: Dialect | undefined;
      /** Render for this service, as `forEach: service` does. */
      readonly service?: string | undefined;
      /** Makes a problem about the template itself, such as that it cannot be read. */
      readonly locate: (message: string, hint?: string) => ReturnType<LoadedConfig['locate']>;
    };

/** Name of the target that is made for a single template. */
const stageName = 'template';

/**
 * Makes the config to render a subject with. It has one target: the named one, or one that is made for the template. The
 * fixture's `expect`, `vars` and `env` are added. Without a loaded config, it consists of the fixture's values alone.
 *
 * @throws RollcallError `CONFIG_INVALID` for a target that the config does not have
 * @throws ConfigError `FIXTURE_INVALID` when both the config and the fixture have sources
 */
export function createDryRunConfig(
  subject: Subject,
  loaded: LoadedConfig | undefined,
  written: LocatedFixture | undefined,
): CompilableConfig {
  const fixture = written?.fixture;
  if (loaded && written && fixture?.sources) {
    const problem = written.locate(['sources'], 'the config already has sources');
    throw new ConfigError('FIXTURE_INVALID', [problem], new Map());
  }
  const base = loaded ?? emptyConfig(fixture);
  // One fixture may serve several templates, so it may set vars that this subject does not have.
  const common = { varNames: 'none', ...(written && { setIn: placesOf(written, loaded) }) } as const;
  if ('target' in subject) {
    const narrowed = selectTargets(base, [subject.target]);
    const locate = withFixture(narrowed.locate, written);
    return { ...narrowed, ...(written && common), config: overlay(narrowed.config, fixture), locate };
  }
  const config = { ...base.config, targets: [targetFor(subject)] };
  const locate: LoadedConfig['locate'] = (path, message, hint) =>
    path[0] === 'vars' ? base.locate(path, message, hint) : subject.locate(message, hint);
  return {
    ...base,
    writesOutputs: false,
    ...common,
    setBy: targetsByVar(base.config),
    kinds: targetKinds,
    config: overlay(config, fixture),
    locate: withFixture(locate, written),
  };
}

function targetsByVar({ targets }: Config): SetBy {
  const setBy = new Map<string, string[]>();
  for (const { name, vars } of targets)
    for (const key of Object.keys(vars)) setBy.set(key, [...(setBy.get(key) ?? []), name]);
  return setBy;
}

/** Finds the vars of the fixture, which `overlay` makes vars of the target, in the fixture. */
function withFixture(locate: LoadedConfig['locate'], written: LocatedFixture | undefined): LoadedConfig['locate'] {
  return (path, message, hint) => {
    const [first, , second, name, ...rest] = path;
    const isOfFixture =
      first === 'targets' && second === 'vars' && Object.hasOwn(written?.fixture.vars ?? {}, String(name));
    return written && isOfFixture
      ? written.locate(['vars', String(name), ...rest], message, hint)
      : locate(path, message, hint);
  };
}

/** The files that set `vars` and `env`. A config decides which variables are allowed, even when a fixture sets their values. */
function placesOf({ file }: LocatedFixture, loaded: LoadedConfig | undefined): NonNullable<CompilableConfig['setIn']> {
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
  // The name of the output decides the dialect. It is the name of the template without its extension.
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
    throw new TypeError(`without a config, no part of it can be wrong: ${message}`);
  };
  const sources = fixture?.sources ?? config.sources;
  const nowhere = { file: '', directory: '/', warnings: [], files: new Map<string, string>() };
  return { ...nowhere, config: { ...config, sources }, kinds: targetKinds, locate };
}
