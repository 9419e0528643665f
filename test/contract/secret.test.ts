import { afterAll, beforeAll, describe } from 'vitest';
import type { Kubernetes } from '../../src/kubernetes/client.js';
import { secretKind } from '../../src/targets/config-map/object-kind.js';
import { startControlPlane, type ControlPlane } from '../kubernetes/support/control-plane.js';
import { connectTo, makeObjectsWorld } from './objects-world.js';
import { describeTarget } from './target.js';

describe('Secrets of a real API server', () => {
  let plane: ControlPlane;
  let kube: Kubernetes;

  beforeAll(async () => {
    plane = await startControlPlane();
    kube = connectTo(plane);
  });

  afterAll(() => {
    kube.close();
  });

  describeTarget('secret', () => makeObjectsWorld(secretKind, plane, kube));
});
