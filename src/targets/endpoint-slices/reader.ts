import { fieldManagerOf, type ClusterAccess } from '../../kubernetes/access.js';
import { compareText } from '../../model/order.js';
import type { JournalReader } from '../../ports/journal.js';
import type { Output } from '../../ports/output.js';
import type { TargetReader } from '../../ports/target.js';
import { labelOfTarget } from '../kube-objects/marks.js';
import type { Comparison } from './changes.js';
import { createClusterView } from './cluster-view.js';
import { createDesiredServices, digestServices, type DesiredServices } from './desired.js';
import { groupName } from './name.js';
import { observeAll } from './observe.js';
import { previewServices } from './preview.js';
import type { EndpointSlicesOptions } from './schema.js';

export interface SlicesReaderDeps {
  readonly target: string;
  readonly journal: JournalReader;
  readonly cluster: ClusterAccess;
  /** The contents must not be shown. Default: false. */
  readonly secret?: boolean | undefined;
}

/** What a target knows when it compares desired with observed objects. */
export function comparisonOf(
  options: EndpointSlicesOptions,
  { target, cluster }: Pick<SlicesReaderDeps, 'target' | 'cluster'>,
): Comparison {
  const { owner } = cluster;
  const configured = namespaceOf(options, cluster);
  return {
    options,
    marks: { owner, target: labelOfTarget(target), manager: fieldManagerOf(owner) },
    // A namespace that the config leaves to the cluster is not known before the first call.
    outputOf: (type, { namespace = configured, name }) =>
      [type === 'service' ? 'service' : 'endpointslices', namespace, name]
        .filter((part) => part !== undefined)
        .join('/'),
  };
}

/** The configured namespace; undefined when the cluster decides. */
export function namespaceOf(
  { namespace }: Pick<EndpointSlicesOptions, 'namespace'>,
  cluster: Pick<ClusterAccess, 'namespace'>,
): string | undefined {
  return namespace ?? cluster.namespace;
}

/** The read-only part of a target of Services and slices. All slices of one group are one output: which of them has an endpoint is no matter. */
export function createSlicesReader(
  options: EndpointSlicesOptions,
  deps: SlicesReaderDeps,
): TargetReader<DesiredServices> {
  const { journal, cluster, secret = false } = deps;
  const comparison = comparisonOf(options, deps);
  const { outputOf } = comparison;
  return {
    desired: createDesiredServices(options),
    outputs: ({ services }) =>
      services
        .flatMap(({ name, text, groups }): Output[] => [
          ...(options.service === 'managed' ? [{ output: outputOf('service', { name }), text, secret }] : []),
          ...groups.map((group) => ({
            output: outputOf('slice', { name: groupName(name, group.id) }),
            ...{ text: group.text, secret },
          })),
        ])
        .sort((a, b) => compareText(a.output, b.output)),
    digest: digestServices,
    async preview(desired, signal) {
      const kube = await cluster.connect();
      const namespace = namespaceOf(options, cluster) ?? (await kube.namespace());
      const { owned } = journal.record;
      const observing = {
        kube,
        options,
        marks: comparison.marks,
        namespace,
        owned,
        settled: new Map<string, string>(),
      };
      const observed = await observeAll(desired, observing, createClusterView(), signal);
      return previewServices(observed, comparison, secret);
    },
  };
}
