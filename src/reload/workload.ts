import { resources } from '../kubernetes/resources.js';
import type { ObjectName, Resource } from '../kubernetes/resource.js';
import type { Kubernetes } from '../kubernetes/client.js';
import type { ReloadRuntime } from './runtime.js';
import type { Workload } from './workload-schema.js';

/** The annotation of a pod template. Another value than before makes Kubernetes replace the pods. */
export const digestAnnotation = 'rollcall/digest';

const byKind: Readonly<Record<Workload['kind'], Resource>> = {
  Deployment: resources.deployment,
  DaemonSet: resources.daemonSet,
  StatefulSet: resources.statefulSet,
};

/** The resource of a kind of workloads. */
export function resourceOf({ kind }: Pick<Workload, 'kind'>): Resource {
  return byKind[kind];
}

/** `Deployment edge/nginx`, for messages. */
export function showWorkload({ kind, namespace, name }: Workload): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** The client, and where the workload is. @throws as the client */
export async function findWorkload(
  { namespace, name }: Workload,
  { cluster }: Pick<ReloadRuntime, 'cluster'>,
): Promise<{ readonly kube: Kubernetes; readonly at: ObjectName }> {
  if (!cluster) throw new TypeError('a rollout needs the cluster of the config');
  const kube = await cluster.connect();
  return { kube, at: { namespace: namespace ?? cluster.namespace ?? (await kube.namespace()), name } };
}
