import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { OutputStatus, TargetDetail } from '../model/status.js';
import type { Quarantine } from '../model/view.js';
import type { Desired } from '../ports/target.js';
import type { ManagedTarget } from './managed-target.js';
import type { TargetState } from './target-state.js';

/** Characters of outputs that are hashed before other work may run: about a millisecond. */
const share = 1 << 20;

const known = new WeakMap<Desired, Promise<readonly OutputStatus[]>>();

/**
 * The outputs that were last found or made in step, in their order, with digests: the same desired outputs are hashed once. When a pass has
 * failed since, the outputs that the journal owns, without digests. A secret output has no digest, because a short secret can be guessed
 * from it.
 */
export async function describeOutputs(
  { target, journal }: ManagedTarget,
  { inStep }: TargetState,
): Promise<readonly OutputStatus[]> {
  if (!inStep) return journal.record.owned.map((output) => ({ output, digest: null, bytes: null, secret: false }));
  const { desired } = inStep;
  const described = known.get(desired) ?? hashOutputs(target.outputs(desired));
  known.set(desired, described);
  return described;
}

async function hashOutputs(outputs: ReturnType<ManagedTarget['target']['outputs']>): Promise<readonly OutputStatus[]> {
  const described: OutputStatus[] = [];
  let hashed = 0;
  for (const { output, text, secret } of outputs) {
    hashed += text.length;
    if (hashed > share) {
      hashed = 0;
      await setImmediate();
    }
    const digest = secret ? null : createHash('sha256').update(text).digest('hex');
    described.push({ output, digest, bytes: Buffer.byteLength(text), secret });
  }
  return described;
}

export function describeQuarantine(quarantined: readonly Quarantine[]): TargetDetail['quarantine'] {
  return quarantined.map(({ service, instance, reason }) => ({
    service,
    ...(instance && { id: instance.id }),
    reason,
  }));
}
