import type { Snapshot } from '../model/snapshot.js';
import type { PassResult, TargetStatus } from '../model/status.js';
import type { Clock } from '../ports/runtime.js';
import type { Controller } from './api.js';
import { describeOutputs, describeQuarantine } from './describe-outputs.js';
import { describeTarget } from './describe-target.js';
import { behindSinceOf, type Entry } from './entry.js';
import type { Outcome } from './managed-target.js';
import { measureOutputs } from './measure-outputs.js';
import { revisionsOf } from './revisions.js';

/** Results after which the outputs and their consumer have what the view says. */
const inStep: ReadonlySet<PassResult> = new Set<PassResult>(['in-step', 'changed', 'reloaded', 'updated']);

/** What the controller knows now. */
export interface KnownEntries {
  readonly entry: (name: string) => Entry | undefined;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly latest: () => Snapshot;
  /** Whether a pass over the target runs or waits for its turn. */
  readonly isBusy: (name: string) => boolean;
  readonly clock: Clock;
}

/** The functions of the controller that only tell. */
export function createDescriptions({
  entry,
  outcomes,
  latest,
  isBusy,
  clock,
}: KnownEntries): Pick<Controller, 'inStepAt' | 'describe' | 'describeWithOutputs' | 'outputSizes'> {
  function inStepAt(name: string): string | undefined {
    const found = entry(name);
    const outcome = outcomes.get(name);
    if (!found || !outcome || !inStep.has(outcome.result)) return undefined;
    return isBusy(name) ? found.upTo : revisionsOf(latest(), found.managed.sources);
  }

  function describe(name: string): TargetStatus | undefined {
    const found = entry(name);
    if (!found) return undefined;
    const { managed, state, history } = found;
    const behindSince = behindSinceOf(found);
    return describeTarget(
      { managed, state, history, snapshot: latest(), inStepAt: inStepAt(name), behindSince },
      clock,
    );
  }

  return {
    inStepAt,
    describe,
    async describeWithOutputs(name) {
      const found = entry(name);
      if (!found) return undefined;
      const outputs = await describeOutputs(found.managed, found.state);
      const status = describe(name);
      const quarantine = describeQuarantine(outcomes.get(name)?.quarantined ?? []);
      return status && { ...status, outputs, quarantine };
    },
    outputSizes(name) {
      const found = entry(name);
      return found && measureOutputs(found.managed, found.state);
    },
  };
}
