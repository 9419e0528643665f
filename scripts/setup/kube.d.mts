/** The directory of kube-apiserver, kube-controller-manager, etcd and coredns. */
export function kubeAssets(): string;
