import type { Clock, Random } from '../ports/runtime.js';
import type { Kubernetes } from './client.js';
import type { Environment } from './credentials/locate.js';
import type { KubernetesBlock } from './schema.js';

/** The cluster of a config, as targets and reloads use it. */
export interface ClusterAccess {
  /** `kubernetes.owner`: what marks the objects of this rollcall. */
  readonly owner: string;
  /** `kubernetes.namespace`. Undefined: `Kubernetes.namespace` knows it. */
  readonly namespace: string | undefined;
  /** The client, whose code is loaded at the first call. Whoever made the access closes it. */
  connect(): Promise<Kubernetes>;
}

/** An access, and the end of its connections. */
export interface OwnedClusterAccess extends ClusterAccess {
  /** Ends all connections, if there are any. Calls in flight fail. */
  close(): void;
}

/** The name under which the API server records the fields of an owner. */
export function fieldManagerOf(owner: string): string {
  return owner === defaultOwner ? defaultOwner : `${defaultOwner}-${owner}`;
}

const defaultOwner = 'rollcall';

/** Opens the cluster of a `kubernetes` block. Nothing is loaded, read or connected before `connect`. */
export function openCluster(
  { kubeconfig, context, namespace, owner }: KubernetesBlock,
  deps: { readonly env: Environment; readonly clock: Clock; readonly random: Random },
): OwnedClusterAccess {
  let client: Promise<Kubernetes> | undefined;
  let isClosed = false;

  async function load(): Promise<Kubernetes> {
    const { createKubernetes } = await import('./client.js');
    const options = {
      fieldManager: fieldManagerOf(owner),
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
    };
    const kube = createKubernetes(options, deps);
    if (isClosed) kube.close();
    return kube;
  }

  return {
    owner,
    namespace,
    connect: () => (client ??= load()),
    close() {
      isClosed = true;
      client?.then(
        (kube) => {
          kube.close();
        },
        () => undefined,
      );
    },
  };
}
