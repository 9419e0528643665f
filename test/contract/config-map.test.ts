import { afterAll, beforeAll, describe } from 'vitest';
import type { Kubernetes } from '../../src/kubernetes/client.js';
import { configMapKind } from '../../src/targets/config-map/object-kind.js';
import { startControlPlane, type ControlPlane } from '../kubernetes/support/control-plane.js';
import { connectTo, makeObjectsWorld } from './objects-world.js';
import { describeTarget } from './target.js';

describe('ConfigMaps of a real API server', () => {
  let plane: ControlPlane;
  let kube: Kubernetes;

  beforeAll(async () => {
    plane = await startControlPlane();
    kube = connectTo(plane);
  });

  afterAll(() => {
    kube.close();
  });

  describeTarget('configMap', () => makeObjectsWorld(configMapKind, plane, kube));
});
