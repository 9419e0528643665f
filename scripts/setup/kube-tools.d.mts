/** The path of a tool: `$HELM` or `$KUBECTL`, or the one that scripts/fetch-kube-tools.mjs has fetched. */
export function kubeTool(name: 'helm' | 'kubectl'): string;
/** The directory of the fetched tools in the cache. */
export function kubeToolsDirectory(): string;
export const kubeToolsRequirements: string;
