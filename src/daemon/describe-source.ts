import { prefixOf } from '../catalog/source.js';
import type { HeldSource } from '../catalog/held-source.js';
import type { Config } from '../config/schema.js';
import { describeProblem } from '../model/describe-problem.js';
import type { SourceStatus, TargetStatus } from '../model/status.js';
import { showTime } from '../model/show-time.js';

/** The status of a source. */
export function describeSource(config: Config['sources'][number], { snapshot, watch }: HeldSource): SourceStatus {
  const { state, since } = watch ?? {};
  return {
    name: config.name,
    prefix: prefixOf(config),
    format: snapshot?.format ?? null,
    listed: snapshot !== undefined,
    watch: state?.kind ?? 'not-started',
    since: since === undefined ? null : showTime(since),
    ...(state?.kind === 'waiting' && { problem: describeProblem(state.error) }),
    revision: snapshot?.revision ?? null,
    keys: snapshot?.counts.keys ?? 0,
    services: snapshot?.services.size ?? 0,
    rejected: snapshot?.rejected.length ?? 0,
    secret: config.secret,
  };
}

/** A target is in step only as far as is known: while the watch of a source is not alive, etcd may hold something newer. */
export function withWatches<T extends TargetStatus>(target: T, sources: readonly SourceStatus[]): T {
  if (!target.inStep) return target;
  const dead = sources.find(
    ({ name, watch }) => watch !== 'live' && target.sources.some(({ source }) => source === name),
  );
  if (!dead) return target;
  return { ...target, inStep: false, notInStep: `the watch of source ${dead.name} is not alive` };
}
