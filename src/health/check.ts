import { messageOf } from '../model/errors.js';
import type { Clock, Log } from '../ports/runtime.js';
import { describeResult, type ProbeResult } from '../probe/probe.js';
import type { HealthCheckOptions } from './options.js';
import { createHealthProbe } from './probe.js';
import { showHealthCheck, type HealthCheckSpec } from './spec.js';
import { nextHealth, unknownHealth } from './state.js';

/** Milliseconds of the first pause, before the service is healthy for the first time. */
const FIRST_PAUSE_MS = 100;

export interface HealthVerdict {
  readonly healthy: boolean;
  /** One clause for people: the check and the finding of its last probe, without any output of a service or a command. */
  readonly why: string;
}

/** The parts of the process that a health check needs. */
export interface HealthCheckDeps {
  readonly clock: Clock;
  /** Each probe is logged at `debug`, with the output of a command. */
  readonly log: Log;
  /** The process's own environment. A command gets it without the credentials of etcd. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called after a probe that passed: the reason why it does not count, as a predicate of the probed address, if there is one. */
  readonly objection?: () => string | undefined;
}

/**
 * Probes a service repeatedly until the signal aborts, and reports the first verdict and every change of it (`nextHealth` has the rule).
 * One probe runs at a time. The next one begins `interval` after the last one began, or at once if that one took longer. Until the service
 * is healthy for the first time, the pauses are shorter: they double from 100 ms up to `interval`, so that a service that has just started
 * is found soon.
 *
 * Never rejects. Resolves soon after the abort, when a running command has ended.
 */
export async function runHealthCheck(
  spec: HealthCheckSpec,
  options: HealthCheckOptions,
  report: (verdict: HealthVerdict) => void,
  { clock, log, env, objection }: HealthCheckDeps,
  signal: AbortSignal,
): Promise<void> {
  const name = showHealthCheck(spec);
  const probe = createHealthProbe(spec, clock, env);
  let state = unknownHealth;
  let early: number | undefined = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const began = clock.now();
    const answer = await probe
      .attempt(options.timeout, signal)
      .catch((error: unknown) => (signal.aborted ? undefined : unanswered(error)));
    if (answer === undefined) return;
    const against = answer.kind === 'passed' ? objection?.() : undefined;
    const result: ProbeResult =
      against === undefined ? answer : { kind: 'failed', finding: against, output: answer.output };
    const ok = result.kind === 'passed';
    if (result.output !== '') log.debug({ output: result.output }, 'the check said');
    log.debug({ check: name, ok, ms: Math.round(clock.now() - began) }, `check: ${result.finding}`);
    const before = state.healthy;
    state = nextHealth(state, ok, options);
    if (state.healthy !== undefined && state.healthy !== before)
      report({ healthy: state.healthy, why: describeResult(name, result) });
    if (state.healthy === true) early = undefined;
    const pause = Math.min(early ?? Infinity, options.interval);
    if (early !== undefined) early *= 2;
    await clock.sleep(Math.max(0, began + pause - clock.now()), signal);
  }
}

/** If a probe rejects although its signal has not aborted, the attempt counts as unanswered and probing goes on. */
function unanswered(error: unknown): ProbeResult {
  return { kind: 'unanswered', finding: `failed: ${messageOf(error)}`, output: '' };
}
