import { resolve } from 'node:path';
import type { Prepared } from '../build/prepare.js';
import type { Catalog } from '../catalog/catalog.js';
import type { Controller } from '../controller/api.js';
import type { ManagedTarget } from '../controller/managed-target.js';
import { RollcallError } from '../model/errors.js';
import type { PassResult } from '../model/status.js';
import type { Runtime } from '../ports/runtime.js';
import type { Generation, GenerationFactory } from './generation.js';
import { handOver } from './hand-over.js';
import { whenListed } from './make-before-break.js';
import type { OutputClaims } from './output-claims.js';
import type { ProcessElection } from './process-election.js';
import { findUnchanged, type TargetSet } from './target-set.js';

/** Results after which a target owns just what it makes. */
export const ownsWhatItMakes: ReadonlySet<PassResult> = new Set<PassResult>([
  'in-step',
  'changed',
  'reloaded',
  'updated',
  'throttled',
]);

export interface NextGenerationDeps {
  readonly factory: GenerationFactory;
  readonly catalog: Catalog;
  readonly controller: Controller;
  readonly claims: OutputClaims;
  readonly election: ProcessElection;
  readonly runtime: Runtime;
  /** The signal of the manager's `run`. Undefined before it: then no source is started. */
  readonly running: () => AbortSignal | undefined;
  /** Called between the last pass of the old targets and the first one of the new ones. */
  readonly onReplaced: (next: Generation) => void;
}

/**
 * Replaces a generation by that of another config, as `Manager.apply` describes it. Sources that the next one does not use still run.
 *
 * @throws as `Manager.apply`. The old generation runs on then, unless `onReplaced` was called.
 */
export async function replaceGeneration(
  before: Generation,
  prepared: Prepared,
  { factory, catalog, controller, claims, election, runtime, running, onReplaced }: NextGenerationDeps,
  signal: AbortSignal,
): Promise<Generation> {
  const { clock, log } = runtime;
  refuseOtherStateDir(before.prepared, prepared);
  const main = factory.openMain(prepared);
  const sources = factory.createSources(prepared, main, before.sources);
  const added = sources.filter((source) => !before.sources.includes(source));
  const start = (): void => {
    const run = running();
    for (const source of added) if (run) source.start(run);
  };
  let next: Generation = before;
  try {
    if (main !== before.main) {
      start();
      await whenListed(sources, { clock, log }, signal);
    }
    await claims.use(before.prepared.loaded.config, prepared.loaded.config);
    const unchanged = findUnchanged(prepared, before.targets, { runtime, main });
    const kept = keepable(prepared, unchanged, before.targets, controller);
    await controller.replace(new Set(kept.keys()), async () => {
      // The passes of cluster-wide targets have ended, if their election is another one.
      await election.use(prepared, main, factory.clusterOf(prepared));
      const targets = await factory.createTargets(prepared, main, kept, before.targets);
      await handOver(before.targets, targets, log);
      next = { prepared, main, sources, targets };
      onReplaced(next);
      // Before the new targets start: none of them may be made from sources of the old config.
      catalog.use(sources.map(({ held }) => held));
      return managedOf(targets).filter(({ name }) => !kept.has(name));
    });
  } catch (error) {
    await Promise.all(added.map((source) => source.stop()));
    await election.use(before.prepared, before.main, factory.clusterOf(before.prepared));
    await factory.closeUnused(before);
    await claims.use(before.prepared.loaded.config);
    throw error;
  }
  start();
  return next;
}

export function managedOf(targets: TargetSet): ManagedTarget[] {
  return [...targets.values()].map(({ managed }) => managed);
}

/**
 * When an edit changes other targets, a target that is not in step is created again, too: it may still want to remove an output that another
 * target makes from now on.
 */
function keepable(
  { loaded: { config } }: Prepared,
  unchanged: TargetSet,
  before: TargetSet,
  { outcomes }: Controller,
): TargetSet {
  const isSameSet = unchanged.size === config.targets.length && unchanged.size === before.size;
  if (isSameSet) return unchanged;
  return new Map([...unchanged].filter(([name]) => ownsWhatItMakes.has(outcomes.get(name)?.result ?? 'waiting')));
}

/** A changed stateDir would mean moving the lock and all journals, which only a restart can do. */
function refuseOtherStateDir({ loaded: { config: old } }: Prepared, { loaded }: Prepared): void {
  const { stateDir } = loaded.config;
  if (resolve(stateDir) === resolve(old.stateDir)) return;
  throw new RollcallError(
    'RESTART_NEEDED',
    `stateDir is ${old.stateDir} while rollcall runs, and cannot become ${stateDir}`,
  );
}
