import { messageOf } from '../model/errors.js';
import { askCommand } from './command.js';
import { askHttp } from './http.js';
import type { CheckOptions } from './options.js';
import type { CheckDeps, ProbeResult } from './probe.js';
import { showCheck, type CheckSpec } from './spec.js';
import { count, unknown } from './standing.js';
import { askTcp } from './tcp.js';

/** Milliseconds of the first pause while a service has not been healthy yet. */
const EAGER_MS = 100;

export interface HealthVerdict {
  readonly healthy: boolean;
  /** One clause for people: which check, and what the last probe of it found. Nothing that a service or a command printed. */
  readonly why: string;
}

/**
 * Asks again and again until the signal aborts, and says every change of mind, the first verdict too (`standing.ts` has the
 * rule). One probe at a time; the next begins `interval` after the last began, or at once when that took longer. Until
 * the service has been healthy for the first time the pauses are shorter, from 100 ms doubling up to `interval`: whoever
 * starts is waited for.
 *
 * Never rejects; resolves soon after the abort, when a running command has been ended.
 */
export async function runCheck(
  spec: CheckSpec,
  options: CheckOptions,
  say: (verdict: HealthVerdict) => void,
  deps: CheckDeps,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = deps;
  const name = showCheck(spec);
  let standing = unknown;
  let eager: number | undefined = EAGER_MS;
  while (!signal.aborted) {
    const began = clock.now();
    const outcome = await ask(spec, options.timeout, deps, signal);
    if (outcome === undefined) return;
    log.debug({ check: name, ok: outcome.ok, ms: Math.round(clock.now() - began) }, `check: ${outcome.why}`);
    const before = standing.healthy;
    standing = count(standing, outcome.ok, options);
    if (standing.healthy !== undefined && standing.healthy !== before)
      say({ healthy: standing.healthy, why: `${name} ${outcome.why}` });
    if (standing.healthy === true) eager = undefined;
    const pause = Math.min(eager ?? Infinity, options.interval);
    if (eager !== undefined) eager *= 2;
    await clock.sleep(Math.max(0, began + pause - clock.now()), signal);
  }
}

/** Undefined: the signal was aborted meanwhile. */
async function ask(
  spec: CheckSpec,
  timeout: number,
  deps: CheckDeps,
  signal: AbortSignal,
): Promise<ProbeResult | undefined> {
  try {
    switch (spec.kind) {
      case 'http':
        return await askHttp(spec.url, timeout, deps.clock, signal);
      case 'tcp':
        return await askTcp(spec.host, spec.port, timeout, deps.clock, signal);
      case 'command':
        return await askCommand(spec.argv, timeout, deps, signal);
    }
  } catch (error) {
    return signal.aborted ? undefined : { ok: false, why: `failed: ${messageOf(error)}` };
  }
}
