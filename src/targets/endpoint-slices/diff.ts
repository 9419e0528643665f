import { compareText } from '../../model/order.js';
import type { Quarantine } from '../../model/view.js';
import { fullName, splitName } from '../kube-objects/full-name.js';
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
import { conflictOfService, conflictOfWrites } from './conflicts.js';
import type { DesiredGroup, DesiredService } from './desired-service.js';
import type { GroupKey } from './endpoint.js';
import { digestOfFields, fieldsOfService, fieldsOfSlice } from './fields.js';
import { textOfGroup, textOfService } from './make-service.js';
import { groupName, parseSliceName, sliceName } from './name.js';
import { ownManager, type ObservedObject, type ObservedService, type ObservedSlice } from './observed.js';
import { labelsFor } from './spec.js';

/** What is to be done with a set of services. */
export interface Difference {
  /** Sorted by output. */
  readonly changes: readonly ServiceChange[];
  /** By the output of their Service: services that are not written, because of what is in the cluster. */
  readonly conflicts: ReadonlyMap<string, Quarantine>;
}

/** Services with a conflict are not changed; if it is about the Service itself, our slices of it go. Pure. */
export function diffServices(observed: ObservedServices, comparison: Comparison): Difference {
  const { namespace, looked, unwanted } = observed;
  const conflicts = new Map<string, Quarantine>();
  const changes = looked.flatMap((desired) => {
    const { name, service } = desired;
    const { changes: own, conflict } = diffService(desired, observed, comparison);
    if (conflict !== undefined) {
      const reason = `Service ${fullName({ namespace, name })} is left as it is: ${conflict}`;
      conflicts.set(comparison.outputOf('service', { namespace, name }), { service, reason });
    }
    return own;
  });
  const removals = unwanted.flatMap((full) => remove(full, observed, comparison));
  return { changes: [...changes, ...removals].sort((a, b) => compareText(a.output, b.output)), conflicts };
}

interface ServiceDifference {
  readonly changes: readonly ServiceChange[];
  /** A clause. */
  readonly conflict: string | undefined;
}

function diffService(desired: DesiredService, observed: ObservedServices, comparison: Comparison): ServiceDifference {
  const unfit = conflictOfService(desired, observed, comparison);
  if (unfit !== undefined) return { changes: withdraw(desired, observed, comparison), conflict: unfit };
  const changes = compare(desired, observed, comparison);
  const writes = changes.flatMap((change) => change.writes);
  const conflict = conflictOfWrites(writes, comparison);
  return { changes: conflict === undefined ? changes : [], conflict };
}

function compare(desired: DesiredService, observed: ObservedServices, comparison: Comparison): ServiceChange[] {
  const { namespace, view } = observed;
  const full = fullName({ namespace, name: desired.name });
  const there = view.services.get(full);
  const ours = ownSlices(full, observed, comparison, comparison.options.force);
  const groups = new Map(desired.groups.map((group) => [group.id, group]));
  const ids = [...new Set([...groups.keys(), ...ours.keys()])];
  return [
    ...(comparison.options.service === 'managed' ? compareService(desired, there, observed, comparison) : []),
    ...ids.flatMap((id) => {
      const names = { namespace, service: desired.name, id, isGone: false };
      return compareGroup(names, groups.get(id), ours.get(id) ?? [], observed, comparison);
    }),
  ];
}

function compareService(
  desired: DesiredService,
  there: ObservedService | undefined,
  { namespace, settled }: ObservedServices,
  comparison: Comparison,
): ServiceChange[] {
  const { options, outputOf } = comparison;
  const { name } = desired;
  // A Service that once had both families keeps both addresses: they must not change under its clients.
  const isDual = desired.isDual || there?.isDual === true;
  const fields = fieldsOfService(desired, options, isDual);
  const wanted = { labels: labelsFor('service', name, comparison), fields, digest: digestOfFields(fields) };
  if (there && !isStale(there, wanted, settled, comparison)) return [];
  const write: ObjectWrite = {
    ...{ type: 'service', namespace, name, service: name, before: there, after: wanted },
    rank: ranks.service,
    isGone: false,
  };
  const { text } = desired;
  return [
    {
      ...{ action: there ? 'update' : 'create', output: outputOf('service', { namespace, name }) },
      ...{ bytes: Buffer.byteLength(text), before: there && textOfObserved(there), after: text, writes: [write] },
    },
  ];
}

function textOfObserved({ ports, isHeadless, isDual }: ObservedService): string {
  const [{ port, appProtocol } = { port: 0, appProtocol: '' }] = ports;
  return textOfService({ headless: isHeadless, port, appProtocol, isDual: isHeadless && isDual });
}

const ranks = { gain: 0, update: 1, service: 2, remove: 3 } as const;

/** The slices of one Service that are the target's own, by group. @param isTaking those of other targets of the owner too */
function ownSlices(
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
function isStale(
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

function compareGroup(
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

/** Our slices of a Service that must not have any. */
function withdraw({ name }: DesiredService, observed: ObservedServices, comparison: Comparison): ServiceChange[] {
  const { namespace } = observed;
  const groups = [...ownSlices(fullName({ namespace, name }), observed, comparison)];
  return groups.flatMap(([id, slices]) =>
    compareGroup({ namespace, service: name, id, isGone: false }, undefined, slices, observed, comparison),
  );
}

/** The objects of a service that is gone. */
function remove(full: string, observed: ObservedServices, comparison: Comparison): ServiceChange[] {
  const { view, recorded } = observed;
  const { options, marks, outputOf } = comparison;
  const { namespace, name } = splitName(full);
  const there = view.services.get(full);
  const isRemoved =
    options.service === 'managed' &&
    options.policy === 'sync' &&
    there !== undefined &&
    isOurs(there, marks, recorded.has(full));
  const service: ServiceChange[] = isRemoved
    ? [
        {
          ...{ action: 'delete', output: outputOf('service', { namespace, name }), bytes: 0 },
          ...{ before: textOfObserved(there), after: undefined },
          writes: [
            {
              ...{ type: 'service', namespace, name, service: name, before: there, after: null },
              rank: ranks.service,
              isGone: true,
            },
          ],
        },
      ]
    : [];
  const groups = [...ownSlices(full, observed, comparison)].flatMap(([id, slices]) =>
    compareGroup({ namespace, service: name, id, isGone: true }, undefined, slices, observed, comparison),
  );
  return [...service, ...groups];
}
