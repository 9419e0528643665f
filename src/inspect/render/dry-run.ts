import type { LoadedConfig } from '../../config/load.js';
import { RollcallError } from '../../model/errors.js';
import type { Rejection } from '../../model/format.js';
import { countReasons, type LeftOut } from '../../model/left-out.js';
import { nearest } from '../../model/suggest.js';
import type { Quarantine, View } from '../../model/view.js';
import type { Output } from '../../ports/output.js';
import { guardView } from '../guarded.js';
import { describeKept } from '../kept.js';
import { withReadOnlyTargets } from '../read-only-targets.js';
import { prepareLoaded } from '../../build/prepare.js';
import type { Runtime } from '../../ports/runtime.js';
import { listSources } from '../list.js';
import { createDryRunConfig, type Subject } from './config.js';
import { createFixtureSnapshot, type LocatedFixture } from './fixture-snapshot.js';

/** The result of rendering without writing. */
export interface DryRun {
  /** Sorted by output. */
  readonly outputs: readonly Output[];
  readonly quarantined: readonly Quarantine[];
  /** Numbers of the instances that the target leaves out, by reason. */
  readonly leftOut: LeftOut['counts'];
  /** Registrations that are in no view. */
  readonly rejected: readonly Rejection[];
  /** Why `run` would keep the present outputs of the target instead of these, or what its guard holds; undefined when neither. */
  readonly kept: string | undefined;
}

export interface DryRunOptions {
  readonly subject: Subject;
  readonly loaded?: LoadedConfig | undefined;
  /** The fixture. Absent: etcd is listed. */
  readonly written?: LocatedFixture | undefined;
  /** Milliseconds for the answer of etcd. */
  readonly timeout: number;
}

/**
 * Renders a target or a template as `run` does, and writes nothing. With a fixture it reads only files, and uses only the
 * environment variables of the fixture.
 *
 * @throws RollcallError when the config, the fixture or a template is wrong, etcd does not answer, or rendering fails
 */
export async function dryRun(options: DryRunOptions, outside: Runtime): Promise<DryRun> {
  const { subject, written, timeout } = options;
  const runtime = written ? { ...outside, env: written.fixture.env } : outside;
  const prepared = await prepareLoaded(createDryRunConfig(subject, options.loaded, written));
  const { config } = prepared.loaded;
  const snapshot = written
    ? createFixtureSnapshot(written, config.sources, outside.log)
    : await listSources(config, runtime, timeout);
  const rejected = snapshot.sources.flatMap((source) => source.rejected);
  return withReadOnlyTargets(prepared, runtime, async ([target]) => {
    if (!target) throw new TypeError('there is nothing to render');
    const { reader } = target;
    const isLive = !written && 'target' in subject;
    const selected = target.view(snapshot);
    const { view, remark } = isLive ? await guardView(target, selected, snapshot, runtime.clock) : { view: selected };
    if ('service' in subject && subject.service !== undefined)
      demand(
        subject.service,
        view,
        snapshot.sources.flatMap(({ services }) => [...services.keys()]),
      );
    const desired = reader.desired(view);
    const leftOut = countReasons(
      target.view.leftOut.list().filter(({ instance }) => concerns(subject, instance.service)),
    );
    const kept = isLive ? (describeKept(target, view, snapshot, runtime.clock) ?? remark) : undefined;
    return { outputs: reader.outputs(desired), quarantined: desired.quarantined, leftOut, rejected, kept };
  });
}

/** A template that is rendered for one service leaves all others out. */
function concerns(subject: Subject, service: string): boolean {
  return !('service' in subject) || subject.service === undefined || subject.service === service;
}

function demand(service: string, { services }: View, known: readonly string[]): void {
  if (services.some(({ name }) => name === service)) return;
  const near = nearest(service, known);
  const hint = near === undefined ? `The services are: ${known.join(', ')}.` : `Did you mean ${near}?`;
  throw new RollcallError('RENDER_FAILED', `no instance of ${JSON.stringify(service)} is registered`, { hint });
}
