import type { Config, TargetConfig } from './schema.js';

/** Names of the sources that a target is made from. */
export function sourcesOf(config: Pick<Config, 'sources'>, target: Pick<TargetConfig, 'sources'>): readonly string[] {
  return target.sources ?? config.sources.map(({ name }) => name);
}

/** The config's `vars`, the target's own over them. */
export function varsOf(
  config: Pick<Config, 'vars'>,
  target: Pick<TargetConfig, 'vars'>,
): Readonly<Record<string, unknown>> {
  return { ...config.vars, ...target.vars };
}

/** Names of the sources whose contents are secret: nothing that outlives a transaction may hold them, and no log, diff or page. */
export function secretSourcesOf({ sources }: Pick<Config, 'sources'>): ReadonlySet<string> {
  return new Set(sources.filter(({ secret }) => secret).map(({ name }) => name));
}

/** Whether a target is made from a secret source: then all of its contents are secret. */
export function hasSecretSource(config: Pick<Config, 'sources'>, target: Pick<TargetConfig, 'sources'>): boolean {
  const secret = secretSourcesOf(config);
  return sourcesOf(config, target).some((name) => secret.has(name));
}
