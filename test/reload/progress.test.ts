import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/resource.js';
import { judgeRollout } from '../../src/reload/progress.js';
import type { Workload } from '../../src/reload/workload-schema.js';

const judge = (kind: Workload['kind'], spec: object, status: object) => {
  const metadata = { name: 'w', generation: 3 };
  const object: KubeObject = {
    apiVersion: 'apps/v1',
    kind,
    metadata,
    spec,
    status: { observedGeneration: 3, ...status },
  };
  return judgeRollout(kind, object);
};
const complete = { kind: 'complete' };
const waiting = (reason: string) => ({ kind: 'waiting', reason });

describe('a Deployment', () => {
  const spec = { replicas: 2 };
  const done = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  it.each([
    [{ observedGeneration: 2, ...done }, waiting('its controller has not seen the change yet')],
    [{ ...done, updatedReplicas: 1 }, waiting('1 of 2 pods are new')],
    [{ ...done, replicas: 3 }, waiting('1 old pods have not ended yet')],
    [{ ...done, availableReplicas: 1 }, waiting('1 of 2 new pods are available')],
    [done, complete],
    [
      {
        ...done,
        conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'm' }],
      },
      { kind: 'stuck', reason: 'ProgressDeadlineExceeded: m' },
    ],
    [
      {
        ...{ ...done, updatedReplicas: 0 },
        conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' }],
      },
      waiting('0 of 2 pods are new: FailedCreate: quota'),
    ],
  ])('%j', (status, progress) => {
    expect(judge('Deployment', spec, status)).toEqual(progress);
  });

  it('without replicas is complete', () => {
    expect(judge('Deployment', { replicas: 0 }, {})).toEqual(complete);
  });
});

it('a DaemonSet is complete when every node has an available new pod', () => {
  const status = { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };
  expect(judge('DaemonSet', {}, status)).toEqual(complete);
  expect(judge('DaemonSet', {}, { ...status, updatedNumberScheduled: 2 })).toEqual(waiting('2 of 3 pods are new'));
  expect(judge('DaemonSet', {}, { ...status, numberAvailable: 1 })).toEqual(waiting('1 of 3 pods are available'));
});

it('a StatefulSet is complete above its partition', () => {
  const spec = { replicas: 3 };
  const status = { readyReplicas: 3, updatedReplicas: 3, currentRevision: 'b', updateRevision: 'b' };
  expect(judge('StatefulSet', spec, status)).toEqual(complete);
  expect(judge('StatefulSet', spec, { ...status, readyReplicas: 2 })).toEqual(waiting('2 of 3 pods are ready'));
  expect(judge('StatefulSet', spec, { ...status, currentRevision: 'a' })).toMatchObject({ kind: 'waiting' });
  const partly = { ...spec, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } };
  expect(judge('StatefulSet', partly, { ...status, updatedReplicas: 1, currentRevision: 'a' })).toEqual(complete);
  expect(judge('StatefulSet', partly, { ...status, updatedReplicas: 0 })).toEqual(waiting('0 of 1 pods are new'));
});
