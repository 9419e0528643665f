import { compareText } from '../../model/order.js';
import type { Quarantine } from '../../model/view.js';
import { fullName, splitName } from '../kube-objects/full-name.js';
import { isOurs } from '../kube-objects/ownership.js';
import type { Comparison, ObjectWrite, ObservedServices, ServiceChange } from './changes.js';
import { conflictOfService, conflictOfWrites } from './conflicts.js';
import type { DesiredService } from './desired-service.js';
import { compareGroup, isStale, ownSlices, ranks } from './diff-slices.js';
import { digestOfFields, fieldsOfService } from './fields.js';
import { textOfService } from './make-service.js';
import type { ObservedService } from './observed.js';
import { labelsFor } from './spec.js';

/** The changes that bring services in step, and the services that must not be written. */
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
