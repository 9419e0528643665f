import { formatDuration } from '../model/duration.js';
import { fieldsOf } from '../model/errors.js';
import type { LeftOut } from '../model/left-out.js';
import { createOutage, type Outage } from '../model/outage.js';
import type { Clock, Log } from '../ports/runtime.js';
import { describeChange, describeKeys } from './describe-change.js';
import type { Outcome } from './managed-target.js';
import { reportHolds } from './report-holds.js';
import { createLeftOutReport } from './report-left-out.js';
import { createQuarantineReport } from './report-quarantine.js';

/** The log of the outcomes of one target. */
export interface Reporter {
  /** Takes the next outcome. `since`: the clock time of the event that caused the pass. */
  readonly report: (outcome: Outcome, since: number | undefined, leftOut?: LeftOut) => void;
  /** Logs the next failure at once, because an operator has edited the config or asked for a retry. */
  readonly expectNews: () => void;
}

/** Results after which the target has what it should have. */
const healthy: ReadonlySet<Outcome['result']> = new Set<Outcome['result']>([
  'in-step',
  'changed',
  'reloaded',
  'updated',
]);

/**
 * Logs one line per outcome: what changed, which instances came and went, at which revisions, and how many milliseconds after the event. An
 * outcome `in-step` or `stopped` is logged at `debug` only, and so is one that says the same as the outcome before. The same failure is
 * repeated with growing gaps (`createOutage`), and a line says when it is over. Every applied change has its line, also when the failure of
 * its reload is not mentioned.
 */
export function createReporter(log: Log, clock: Pick<Clock, 'now'>): Reporter {
  const outage = createOutage();
  const reportQuarantine = createQuarantineReport(log);
  const reportLeftOut = createLeftOutReport(log);
  let before: Outcome | undefined;
  let told: string | undefined;
  let hasAsked = false;
  const report: Reporter['report'] = (outcome, since, leftOut) => {
    for (const caveat of outcome.caveats) log.warn({ revision: outcome.revision }, caveat);
    told = reportRuntime(log, outcome, told);
    reportQuarantine(outcome);
    reportHolds(log, outcome, !hasAsked);
    hasAsked ||= outcome.guard !== undefined;
    const fields = describeOutcome(outcome, since);
    if (outcome.result === 'refused' || outcome.result === 'failed')
      reportFailure(log, outcome, fields, { outage, now: clock.now() });
    else reportSuccess(log, outcome, fields, before);
    const keys = outcome.views && describeKeys(outcome.views);
    if (keys) log.debug(keys, 'raw keys changed');
    reportLeftOut(outcome, leftOut);
    const ended = healthy.has(outcome.result) ? outage.end(clock.now()) : undefined;
    if (ended) log.info(ended, `works again after ${formatDuration(ended.outageMs)}`);
    before = outcome;
  };
  return {
    report,
    expectNews: () => {
      outage.remind();
    },
  };
}

function describeOutcome(outcome: Outcome, since: number | undefined): object {
  const after = (at: number | undefined) => (at === undefined || since === undefined ? undefined : round(at - since));
  const { created, updated, deleted, bytes } = outcome.changed;
  return {
    result: outcome.result,
    revision: outcome.revision,
    ...(created + updated + deleted > 0 && { created, updated, deleted, bytes }),
    ...(outcome.views && describeChange(outcome.views)),
    ...(outcome.swappedAt !== undefined && { swapMs: after(outcome.swappedAt) }),
    ...(outcome.reloadedAt !== undefined && { reloadMs: after(outcome.reloadedAt) }),
    ...(outcome.updatedAt !== undefined && { updateMs: after(outcome.updatedAt) }),
    ...(outcome.live?.kind === 'in-step' && outcome.live.changed > 0 && { servers: outcome.live.changed }),
    ...(outcome.live?.kind === 'reload' && { reloadReason: outcome.live.reason }),
    ...(outcome.againInMs !== undefined && {
      [outcome.result === 'failed' || outcome.result === 'refused' ? 'retryInMs' : 'againInMs']: round(
        outcome.againInMs,
      ),
    }),
  };
}

function reportSuccess(log: Log, outcome: Outcome, fields: object, before: Outcome | undefined): void {
  const swapped = outcome.swappedAt !== undefined;
  switch (outcome.result) {
    case 'changed':
      log.info(fields, 'outputs changed');
      return;
    case 'reloaded':
      log.info(fields, swapped ? 'outputs changed and reloaded' : 'pending reload acknowledged');
      return;
    case 'updated':
      log.info(
        fields,
        swapped ? 'outputs changed, and the running consumer has them' : 'the running consumer has the outputs again',
      );
      return;
    case 'throttled':
      if (swapped) log.info(fields, 'outputs changed, reload pending');
      else log[before?.result === 'throttled' ? 'debug' : 'info'](fields, 'reload pending');
      return;
    case 'waiting': {
      const same = before?.result === 'waiting' && before.reason === outcome.reason;
      log[same ? 'debug' : 'info']({ ...fields, reason: outcome.reason }, 'waiting');
      return;
    }
    case 'kept':
      if (before?.result !== 'kept')
        log.warn({ ...fields, reason: outcome.reason, hint: keptHint }, 'the view is empty: outputs kept');
      else if (outcome.reloadedAt !== undefined) log.info(fields, 'pending reload acknowledged');
      return;
    case 'in-step':
      if (before?.result === 'kept') log.info(fields, 'the outputs are no longer kept: they are in step');
      else log.debug(fields, outcome.result);
      return;
    case 'standby':
      if (before?.result === 'standby') log.debug(fields, outcome.result);
      else log.info(fields, 'standby: the leader writes this target');
      return;
    case 'stopped':
    case 'refused':
    case 'failed':
      log.debug(fields, outcome.result);
  }
}

/** Logs once what keeps the running consumer from taking up changes. @returns what to give to the next call */
function reportRuntime(log: Log, { live, revision }: Outcome, told: string | undefined): string | undefined {
  if (!live) return told;
  const isRefused = live.kind === 'reload' && live.isRefused;
  const why = live.kind === 'in-step' ? live.problem : isRefused ? live.reason : undefined;
  // The same cause has other names of servers and times.
  const cause = why?.replace(/\d+/g, '0');
  if (why !== undefined && cause !== told)
    log.warn(
      { revision, reason: why },
      isRefused
        ? 'the running consumer did not take the change up: a reload follows'
        : 'the running consumer could not be compared with the outputs',
    );
  return cause;
}

const keptHint =
  'Correct the source if it is wrong. If the view is rightly empty, send SIGHUP (with --once: use --allow-empty). Otherwise the outputs follow after `guard.holdFor`.';

function reportFailure(
  log: Log,
  outcome: Outcome,
  fields: object,
  { outage, now }: { readonly outage: Outage; readonly now: number },
): void {
  const { result, error, isRepeated, changed } = outcome;
  const words = result === 'refused' ? 'the new outputs were refused, the old ones stay' : 'failed';
  const mention = isRepeated ? undefined : outage.fail(causeOf(outcome), now);
  if (mention) {
    const course = mention.failures > 1 ? mention : {};
    log.error({ ...fields, ...(error && fieldsOf(error)), ...course }, words);
    return;
  }
  if (outcome.reloadedAt !== undefined) log.info(fields, 'pending reload acknowledged');
  else if (changed.created + changed.updated + changed.deleted > 0) log.info(fields, 'outputs changed, reload pending');
  if (!isRepeated) log.debug({ ...fields, ...(error && fieldsOf(error)) }, `${words} (again)`);
}

/** The same cause has the same text: a consumer's words have other process ids and times each time. */
function causeOf({ result, error }: Outcome): string {
  return `${result} ${error ? `${nameOf(error)} ${error.message.replace(/\d+/g, '0')}` : ''}`;
}

function nameOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.name;
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
