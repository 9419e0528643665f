import type { KubeObject } from '../kubernetes/resource.js';
import { itemsOf, textOf, valueOf } from '../model/raw-data.js';
import type { Workload } from './workload-schema.js';

/** How far a rollout is. `stuck`: it will not go on without a change. */
export type Progress = { readonly kind: 'complete' } | { readonly kind: 'waiting' | 'stuck'; readonly reason: string };

/**
 * Judges the rollout of a workload by its status, by the rules of `kubectl rollout status`
 * (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status).
 */
export function judgeRollout(kind: Workload['kind'], object: KubeObject): Progress {
  const { spec, status, metadata } = object;
  const observed = numberOf(status, 'observedGeneration', 0);
  if (observed < (metadata.generation ?? 0)) return waiting('its controller has not seen the change yet');
  switch (kind) {
    case 'Deployment':
      return judgeDeployment(spec, status);
    case 'DaemonSet':
      return judgeDaemonSet(spec, status);
    case 'StatefulSet':
      return judgeStatefulSet(spec, status);
  }
}

function judgeDeployment(spec: unknown, status: unknown): Progress {
  if (valueOf(spec, 'paused') === true) return stuck('it is paused');
  const conditions = itemsOf(valueOf(status, 'conditions'));
  const failure = conditions.find(
    (each) => valueOf(each, 'type') === 'Progressing' && valueOf(each, 'status') === 'False',
  );
  if (failure !== undefined) return stuck(messageOf(failure));
  const wanted = numberOf(spec, 'replicas', 1);
  const [all, updated] = [numberOf(status, 'replicas', 0), numberOf(status, 'updatedReplicas', 0)];
  const available = numberOf(status, 'availableReplicas', 0);
  // A quota or an admission controller refuses its pods.
  const refused = conditions.find(
    (each) => valueOf(each, 'type') === 'ReplicaFailure' && valueOf(each, 'status') === 'True',
  );
  const why = refused === undefined ? '' : `: ${messageOf(refused)}`;
  if (updated < wanted) return waiting(`${updated} of ${wanted} pods are new${why}`);
  if (all > updated) return waiting(`${all - updated} old pods have not ended yet`);
  if (available < updated) return waiting(`${available} of ${updated} new pods are available`);
  return { kind: 'complete' };
}

function judgeDaemonSet(spec: unknown, status: unknown): Progress {
  if (strategyOf(spec) === 'OnDelete') return stuck('its update strategy is OnDelete, so its pods are not replaced');
  const wanted = numberOf(status, 'desiredNumberScheduled', 0);
  const [updated, available] = [numberOf(status, 'updatedNumberScheduled', 0), numberOf(status, 'numberAvailable', 0)];
  if (updated < wanted) return waiting(`${updated} of ${wanted} pods are new`);
  if (available < wanted) return waiting(`${available} of ${wanted} pods are available`);
  return { kind: 'complete' };
}

function judgeStatefulSet(spec: unknown, status: unknown): Progress {
  if (strategyOf(spec) === 'OnDelete') return stuck('its update strategy is OnDelete, so its pods are not replaced');
  const wanted = numberOf(spec, 'replicas', 1);
  const partition = numberOf(valueOf(valueOf(spec, 'updateStrategy'), 'rollingUpdate'), 'partition', 0);
  const [updated, ready] = [numberOf(status, 'updatedReplicas', 0), numberOf(status, 'readyReplicas', 0)];
  if (ready < wanted) return waiting(`${ready} of ${wanted} pods are ready`);
  if (updated < wanted - partition) return waiting(`${updated} of ${wanted - partition} pods are new`);
  if (partition === 0 && textOf(valueOf(status, 'updateRevision')) !== textOf(valueOf(status, 'currentRevision')))
    return waiting('its old revision has not ended yet');
  return { kind: 'complete' };
}

function strategyOf(spec: unknown): string | undefined {
  return textOf(valueOf(valueOf(spec, 'updateStrategy'), 'type'));
}

function messageOf(condition: unknown): string {
  const [reason = 'unknown', message = ''] = ['reason', 'message'].map((key) => textOf(valueOf(condition, key)));
  return message === '' ? reason : `${reason}: ${message}`;
}

function numberOf(map: unknown, key: string, fallback: number): number {
  const value = valueOf(map, key);
  return typeof value === 'number' ? value : fallback;
}

const waiting = (reason: string): Progress => ({ kind: 'waiting', reason });
const stuck = (reason: string): Progress => ({ kind: 'stuck', reason });
