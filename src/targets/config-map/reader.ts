import { fieldManagerOf, type ClusterAccess } from '../../kubernetes/access.js';
import type { JournalReader } from '../../ports/journal.js';
import type { TargetReader } from '../../ports/target.js';
import { labelOfTarget } from '../kube-objects/marks.js';
import { createDesiredObjects, digestObjects, type DesiredObjects } from './desired.js';
import type { ObjectSpec } from './desired-object.js';
import type { Comparison } from './diff.js';
import type { ObjectKind } from './object-kind.js';
import { observeAll } from './observe.js';
import { previewObjects } from './preview.js';

export interface ObjectsReaderDeps {
  readonly target: string;
  readonly journal: JournalReader;
  readonly cluster: ClusterAccess;
  /** The values must not be shown. Default: false. */
  readonly secret?: boolean | undefined;
}

/** What a target knows when it compares desired with observed objects. */
export function comparisonOf(
  kind: ObjectKind,
  spec: ObjectSpec,
  { target, cluster }: Pick<ObjectsReaderDeps, 'target' | 'cluster'>,
): Comparison {
  const { owner } = cluster;
  const configured = namespaceOf(spec, cluster);
  return {
    spec,
    marks: { owner, target: labelOfTarget(target), manager: fieldManagerOf(owner) },
    // A namespace that the config leaves to the cluster is not known before the first call.
    outputOf: ({ namespace = configured, name }, key) =>
      [kind.word, namespace, name, key].filter((part) => part !== undefined).join('/'),
  };
}

/** The configured namespace; undefined when the cluster decides. */
export function namespaceOf({ namespace }: ObjectSpec, cluster: Pick<ClusterAccess, 'namespace'>): string | undefined {
  return namespace ?? cluster.namespace;
}

/** The read-only part of a target of ConfigMaps or Secrets. */
export function createObjectsReader(
  kind: ObjectKind,
  spec: ObjectSpec,
  deps: ObjectsReaderDeps,
): TargetReader<DesiredObjects> {
  const { journal, cluster, secret = false } = deps;
  const comparison = comparisonOf(kind, spec, deps);
  return {
    desired: createDesiredObjects(spec, secret),
    outputs: ({ objects }) =>
      objects.flatMap(({ name, entries }) =>
        entries.map(({ key, text }) => ({ output: comparison.outputOf({ name }, key), text, secret })),
      ),
    digest: digestObjects,
    async preview(desired, signal) {
      const kube = await cluster.connect();
      const namespace = namespaceOf(spec, cluster) ?? (await kube.namespace());
      const { owned } = journal.record;
      const observing = { kind, kube, spec, marks: comparison.marks, namespace, owned };
      return previewObjects(await observeAll(desired, observing, new Map(), signal), comparison, secret);
    },
  };
}
