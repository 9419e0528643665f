import { afterAll } from 'vitest';
import { runFakeKubelet } from '../../../scripts/quickstart/fake-kubelet.mjs';
import type { ControlPlane } from './control-plane.js';

/**
 * Stands in for the scheduler and the kubelet of one node: it binds each pod, makes it ready with an address, and finishes its deletion.
 * No container runs. A pod with the image `bad` never becomes ready. It ends after the test file.
 */
export function startFakeKubelet(plane: ControlPlane): void {
  const stop = new AbortController();
  const running = runFakeKubelet((...asked) => plane.api(...asked), stop.signal);
  afterAll(async () => {
    stop.abort();
    await running;
  });
}
