import type { OutputSizes } from '../model/measures.js';
import type { Desired } from '../ports/target.js';
import type { ManagedTarget } from './managed-target.js';
import type { TargetState } from './target-state.js';

const known = new WeakMap<Desired, OutputSizes>();

/**
 * The number and the sizes of the outputs that were last found or made in step; undefined when a pass has failed since. The same desired
 * outputs are measured once. Secret outputs are counted without their sizes, because the size of a short secret tells something about it.
 */
export function measureOutputs({ target }: ManagedTarget, { inStep }: TargetState): OutputSizes | undefined {
  if (!inStep) return undefined;
  const { desired } = inStep;
  const sizes = known.get(desired) ?? sum(target.outputs(desired));
  known.set(desired, sizes);
  return sizes;
}

function sum(outputs: ReturnType<ManagedTarget['target']['outputs']>): OutputSizes {
  const bytes = outputs.reduce((total, { text, secret }) => total + (secret ? 0 : Buffer.byteLength(text)), 0);
  return { count: outputs.length, bytes };
}
