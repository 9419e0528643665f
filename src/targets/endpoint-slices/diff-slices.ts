import { fullName } from '../kube-objects/full-name.js';
import { digestAnnotation } from '../kube-objects/marks.js';
import { hasMetadata } from '../kube-objects/metadata.js';
import { isOurs } from '../kube-objects/ownership.js';
import { assignEndpoints, type SliceContent } from './assign.js';
import {
  settledDigest,
  type Comparison,
  type ObjectWrite,
  type ObservedServices,
  type ServiceChange,
  type WantedObject,
} from './changes.js';
import type { DesiredGroup } from './desired-service.js';
import type { GroupKey } from './endpoint.js';
import { digestOfFields, fieldsOfSlice } from './fields.js';
import { textOfGroup } from './make-service.js';
import { groupName, parseSliceName, sliceName } from './name.js';
import { ownManager, type ObservedObject, type ObservedSlice } from './observed.js';
import { labelsFor } from './spec.js';

/** As `ObjectWrite.rank`. */
export const ranks = { gain: 0, update: 1, service: 2, remove: 3 } as const;

/** The slices of one Service that are the target's own, by group. @param isTaking those of other targets of the owner too */
export function ownSlices(
  full: string,
  { view, recorded }: Pick<ObservedServices, 'view' | 'recorded'>,
  { marks }: Comparison,
  isTaking = false,
): Map<string, ObservedSlice[]> {
  const groups = new Map<string, ObservedSlice[]>();
  for (const slice of view.slices.get(full)?.values() ?? []) {
    const parsed = parseSliceName(slice.name);
    if (!parsed || !(isTaking || isOurs(slice, marks, recorded.has(full)))) continue;
    const group = groups.get(parsed.group);
    if (group) group.push(slice);
    else groups.set(parsed.group, [slice]);
  }
  return groups;
}

/** The object lacks something of what is wanted. */
export function isStale(
  there: ObservedObject,
  wanted: WantedObject,
  settled: ReadonlyMap<string, string>,
  { options: { annotations }, marks }: Comparison,
): boolean {
  const own = ownManager(there, marks.manager);
  if (!hasMetadata({ labels: wanted.labels, annotations }, there, own)) return true;
  if (there.digest === wanted.digest) return there.annotations[digestAnnotation] !== wanted.digest;
  return settled.get(there.uid) !== settledDigest(wanted.digest, there.digest);
}

interface GroupNames {
  readonly namespace: string;
  readonly service: string;
  readonly id: string;
  /** As `ObjectWrite.isGone`. */
  readonly isGone: boolean;
}

/** What is to be done with the slices of one group. */
export function compareGroup(
  { namespace, service, id, isGone }: GroupNames,
  desired: DesiredGroup | undefined,
  slices: readonly ObservedSlice[],
  observed: Pick<ObservedServices, 'isWhole' | 'settled' | 'view'>,
  comparison: Comparison,
): ServiceChange[] {
  const { isWhole, settled } = observed;
  const isKeeping = comparison.options.policy === 'upsert-only';
  const labels = labelsFor('slice', service, comparison);
  const byIndex = new Map(slices.map((slice) => [parseSliceName(slice.name)?.index ?? 0, slice]));
  const wantedOf = (key: GroupKey, endpoints: SliceContent['endpoints']): WantedObject => {
    const fields = fieldsOfSlice(key, endpoints);
    return { labels, fields, digest: digestOfFields(fields) };
  };
  const contents = [...byIndex].map(([index, slice]): SliceContent => {
    const key = desired ?? slice.key;
    const stale = key !== undefined && isStale(slice, wantedOf(key, slice.endpoints), settled, comparison);
    return { index, endpoints: slice.endpoints, isStale: stale };
  });
  const taken = takenIndexes(fullName({ namespace, name: service }), id, observed, comparison);
  const assignments = assignEndpoints(desired?.endpoints ?? [], contents, { isPacking: isWhole, isKeeping, taken });
  const writes = assignments.flatMap(({ index, endpoints, isGaining }): ObjectWrite[] => {
    const before = byIndex.get(index);
    const key = desired ?? before?.key;
    // The ports of an emptied slice stay as they are.
    if (endpoints !== null && key === undefined) return [];
    const after = endpoints === null || key === undefined ? null : wantedOf(key, endpoints);
    const rank = after === null ? ranks.remove : isGaining ? ranks.gain : ranks.update;
    return [{ type: 'slice', namespace, name: sliceName(service, id, index), service, isGone, before, after, rank }];
  });
  if (writes.length === 0) return [];
  const output = comparison.outputOf('slice', { namespace, name: groupName(service, id) });
  const [first] = slices;
  const before = first && textOfSlices(slices, desired ?? first.key);
  const isRemoved = desired === undefined && !isKeeping;
  const lastKey = first?.key;
  const after = isRemoved ? undefined : (desired?.text ?? (lastKey && textOfGroup(lastKey, [])));
  return [
    {
      ...{ action: before === undefined ? 'create' : after === undefined ? 'delete' : 'update', output, before, after },
      ...{ bytes: Buffer.byteLength(after ?? ''), writes },
    },
  ];
}

/** The numbers of the slices of one group that are not ours. With `force`, they are written over. */
function takenIndexes(
  full: string,
  group: string,
  { view }: Pick<ObservedServices, 'view'>,
  { options }: Comparison,
): ReadonlySet<number> {
  if (options.force) return new Set();
  const names = [...(view.foreign.get(full) ?? []), ...(view.slices.get(full)?.keys() ?? [])];
  const parsed = names.map(parseSliceName).filter((each) => each?.group === group);
  return new Set(parsed.flatMap((each) => each?.index ?? []));
}

function textOfSlices(slices: readonly ObservedSlice[], wanted: GroupKey | undefined): string {
  const key = slices.find((slice) => slice.key !== undefined)?.key ?? wanted;
  const endpoints = new Map(slices.flatMap((slice) => slice.endpoints.map((each) => [each.address, each] as const)));
  return key ? textOfGroup(key, [...endpoints.values()]) : '';
}
