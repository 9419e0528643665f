import { afterAll, beforeAll, describe } from 'vitest';
import type { Kubernetes } from '../../src/kubernetes/client.js';
import { startControlPlane, type ControlPlane } from '../kubernetes/support/control-plane.js';
import { connectTo } from './objects-world.js';
import { makeSlicesWorld } from './slices-world.js';
import { describeTarget } from './target.js';

describe('Services and EndpointSlices of a real API server', () => {
  let plane: ControlPlane;
  let kube: Kubernetes;

  beforeAll(async () => {
    plane = await startControlPlane();
    kube = connectTo(plane);
  });

  afterAll(() => {
    kube.close();
  });

  describeTarget('endpointSlices', () => makeSlicesWorld(plane, kube));
});
