import type { Config, TargetConfig } from './schema.js';

/** Names of the sources that a target uses. */
export function sourcesOf(config: Pick<Config, 'sources'>, target: Pick<TargetConfig, 'sources'>): readonly string[] {
  return target.sources ?? config.sources.map(({ name }) => name);
}

/** The `vars` for a target: those of the config, replaced by those of the target. */
export function varsOf(
  config: Pick<Config, 'vars'>,
  target: Pick<TargetConfig, 'vars'>,
): Readonly<Record<string, unknown>> {
  return { ...config.vars, ...target.vars };
}

/** Names of the secret sources. Their contents must not be in logs, diffs, and files that outlive a transaction. */
export function secretSourcesOf({ sources }: Pick<Config, 'sources'>): ReadonlySet<string> {
  return new Set(sources.filter(({ secret }) => secret).map(({ name }) => name));
}

/** Whether a target uses a secret source: then all of its contents are secret. */
export function hasSecretSource(config: Pick<Config, 'sources'>, target: Pick<TargetConfig, 'sources'>): boolean {
  const secret = secretSourcesOf(config);
  return sourcesOf(config, target).some((name) => secret.has(name));
}
