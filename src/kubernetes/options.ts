/** How to reach the API server of a cluster. */
export interface KubernetesOptions {
  /** Path of a kubeconfig. Default: `locateConfiguration` says which configuration is used. */
  readonly kubeconfig?: string;
  /** Name of the context in the kubeconfig. Default: its `current-context`, as it is at the first call. */
  readonly context?: string;
  /** Directory with `token`, `ca.crt` and `namespace` of a ServiceAccount. Default: the one that the kubelet mounts. */
  readonly serviceAccount?: string;
  /** The name under which the API server records our fields. Default `rollcall`. */
  readonly fieldManager?: string;
  /** Milliseconds for one attempt of a call, from its start to the last byte of the answer. Default 10,000. */
  readonly callTimeout?: number;
  /** Milliseconds to connect, TLS included. Default 3000. */
  readonly dialTimeout?: number;
}

export const defaults = {
  serviceAccount: '/var/run/secrets/kubernetes.io/serviceaccount',
  fieldManager: 'rollcall',
  callTimeout: 10_000,
  dialTimeout: 3000,
} as const;
