import { KubeError } from '../../kubernetes/failure.js';
import type { KubeObject } from '../../kubernetes/resource.js';
import type { ObjectStore } from '../kube-objects/fence.js';
import { fullName, splitName } from '../kube-objects/full-name.js';
import { inParallel } from '../kube-objects/in-parallel.js';
import { ownerLabel } from '../kube-objects/marks.js';
import { ownedNames } from '../kube-objects/owned.js';
import { isOurs, type Marks } from '../kube-objects/ownership.js';
import type { ObservedServices } from './changes.js';
import { clearView, createClusterView, keepSlice, serviceOfSlice, type ClusterView } from './cluster-view.js';
import type { DesiredServices } from './desired.js';
import { findDrift } from './drift.js';
import { readObject, resourceOf } from './observed.js';
import { owning, serviceNameLabel, sliceManagerLabel, type SlicesSpec } from './spec.js';

export interface ObserveDeps extends SlicesSpec {
  readonly kube: ObjectStore;
  /** Where the desired objects are. */
  readonly namespace: string;
  /** Entries of `TargetRecord.owned`. */
  readonly owned: readonly string[];
  /** As `ObservedServices.settled`. */
  readonly settled: ReadonlyMap<string, string>;
}

export interface Observation extends ObservedServices {
  /** Full names of recorded Services of which nothing exists. */
  readonly gone: readonly string[];
  /** Full names of Services that the target has objects of and that are not recorded. */
  readonly found: readonly string[];
  /** Objects that another program has changed or removed since the target wrote them, one sentence each. */
  readonly drifted: readonly string[];
  /** Full names of recorded Services of an earlier config that we may not read. */
  readonly hidden: readonly string[];
}

/** The slices that the control plane itself makes for Services with selectors are left out. */
const foreignSlices = (owner: string): string =>
  `${serviceNameLabel},${ownerLabel}!=${owner},${sliceManagerLabel}!=endpointslice-controller.k8s.io`;

/**
 * Reads all objects of a target: by lists of the objects with the label of the owner, and one by one the Services at desired names that
 * have no such label.
 *
 * @param view receives what was read; before, what this process knew
 */
export async function observeAll(
  desired: DesiredServices,
  deps: ObserveDeps,
  view: ClusterView,
  signal: AbortSignal,
): Promise<Observation> {
  const { kube, options, marks, namespace, settled } = deps;
  const recorded = new Set(ownedNames(owning, deps.owned));
  const wanted = new Set(desired.services.map(({ name }) => fullName({ namespace, name })));
  const now = createClusterView();
  const labelSelector = `${ownerLabel}=${marks.owner}`;
  const isManaged = options.service === 'managed';
  if (isManaged)
    for (const object of (await kube.list({ resource: resourceOf.service, namespace, labelSelector }, { signal }))
      .objects)
      now.services.set(fullName({ namespace, name: object.metadata.name }), readObject('service', object));
  const ours = await kube.list({ resource: resourceOf.slice, namespace, labelSelector }, { signal });
  for (const object of ours.objects) keepSlice(now, readObject('slice', object));
  const others = { resource: resourceOf.slice, namespace, labelSelector: foreignSlices(marks.owner) };
  addOthers(now, (await kube.list(others, { signal })).objects, { marks, namespace, recorded });

  const elsewhere = [...recorded].filter((full) => splitName(full).namespace !== namespace);
  const here = isManaged ? [...recorded].filter((full) => !elsewhere.includes(full)) : [];
  await inParallel(
    [...new Set([...wanted, ...here])].filter((full) => !now.services.has(full)),
    async (full) => {
      const object = await kube.get(resourceOf.service, splitName(full), signal);
      if (object) now.services.set(full, readObject('service', object));
    },
  );
  const hidden: string[] = [];
  await inParallel(elsewhere, async (full) => {
    try {
      await readOne(full, deps, now, recorded, signal);
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 'KUBE_DENIED') throw error;
      hidden.push(full);
    }
  });

  const drifted = findDrift(desired, deps, { before: view, now, recorded });
  clearView(view);
  for (const [full, service] of now.services) view.services.set(full, service);
  for (const [full, slices] of now.slices) view.slices.set(full, slices);
  for (const [full, names] of now.foreign) view.foreign.set(full, names);
  const own = ownServices(view, deps, recorded);
  return {
    ...{ namespace, looked: desired.services, view, recorded, isWhole: true, settled, drifted, hidden },
    unwanted: [...own].filter((full) => !wanted.has(full)),
    gone: [...recorded].filter((full) => !own.has(full) && !wanted.has(full) && !hidden.includes(full)),
    found: [...own].filter((full) => !recorded.has(full)),
  };
}

/** Full names of the Services that the target has made, or has slices of. */
function ownServices(
  { services, slices }: ClusterView,
  { options, marks }: SlicesSpec,
  recorded: ReadonlySet<string>,
): ReadonlySet<string> {
  const own = new Set<string>();
  if (options.service === 'managed')
    for (const [full, service] of services) if (isOurs(service, marks, recorded.has(full))) own.add(full);
  for (const [full, ofService] of slices)
    if ([...ofService.values()].some((slice) => isOurs(slice, marks, recorded.has(full)))) own.add(full);
  return own;
}

/** Reads one Service and its slices. */
async function readOne(
  full: string,
  { kube, marks }: ObserveDeps,
  view: ClusterView,
  recorded: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name } = splitName(full);
  const [service, { objects }] = await Promise.all([
    kube.get(resourceOf.service, { namespace, name }, signal),
    kube.list({ resource: resourceOf.slice, namespace, labelSelector: `${serviceNameLabel}=${name}` }, { signal }),
  ]);
  if (service) view.services.set(full, readObject('service', service));
  else view.services.delete(full);
  const isMarked = ({ metadata }: KubeObject): boolean => metadata.labels?.[ownerLabel] === marks.owner;
  view.slices.delete(full);
  for (const object of objects.filter(isMarked)) keepSlice(view, readObject('slice', object));
  view.foreign.delete(full);
  const others = objects.filter(
    (object) => !isMarked(object) && object.metadata.labels?.[sliceManagerLabel] !== 'endpointslice-controller.k8s.io',
  );
  addOthers(view, others, { marks, namespace, recorded });
}

/** Adds slices without the label of the owner. Those of ours that have lost it are among them. */
function addOthers(
  view: ClusterView,
  objects: readonly KubeObject[],
  {
    marks,
    namespace,
    recorded,
  }: { readonly marks: Marks; readonly namespace: string; readonly recorded: ReadonlySet<string> },
): void {
  const { foreign } = view;
  for (const object of objects) {
    const { name, labels } = object.metadata;
    const full = fullName({ namespace, name: labels?.[serviceNameLabel] ?? '' });
    const slice = readObject('slice', object);
    if (serviceOfSlice(slice) === full && isOurs(slice, marks, recorded.has(full))) keepSlice(view, slice);
    else foreign.set(full, [...(foreign.get(full) ?? []), name]);
  }
}

/**
 * Looks only at what differs from desired services that are in step, and reads only Services that are not known yet.
 *
 * @param again names of Services that are not in step, although they may not have changed
 */
export async function observeChanges(
  desired: DesiredServices,
  since: DesiredServices,
  deps: ObserveDeps,
  view: ClusterView,
  again: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Observation> {
  const { namespace, settled } = deps;
  const recorded = new Set(ownedNames(owning, deps.owned));
  const before = new Set(since.services);
  const looked = desired.services.filter((service) => again.has(service.name) || !before.has(service));
  const present = new Set(desired.services.map(({ name }) => name));
  const left = [...since.services.map(({ name }) => name), ...again].filter((name) => !present.has(name));
  const gone = new Set(left.map((name) => fullName({ namespace, name })));
  const unread = [...looked.map(({ name }) => name), ...again].map((name) => fullName({ namespace, name }));
  await inParallel(
    [...new Set(unread)].filter((full) => !view.services.has(full)),
    (full) => readOne(full, deps, view, recorded, signal),
  );
  return {
    ...{ namespace, looked, view, recorded, isWhole: false, settled },
    unwanted: [...gone].filter((full) => view.services.has(full) || view.slices.has(full)),
    ...{ gone: [], found: [], drifted: [], hidden: [] },
  };
}
