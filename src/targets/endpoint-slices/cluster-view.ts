import { fullName } from '../kube-objects/full-name.js';
import { parseSliceName } from './name.js';
import type { ObservedService, ObservedSlice } from './observed.js';

/** The objects as far as this process knows them: as they were last read or written. */
export interface ClusterView {
  /** By full name: Services at the desired names, and those that the target has made. */
  readonly services: Map<string, ObservedService>;
  /** By the full name of their Service, and by their name: slices with a name of ours that carry the label of the owner. */
  readonly slices: Map<string, Map<string, ObservedSlice>>;
  /** By the full name of their Service: names of slices of other programs. */
  readonly foreign: Map<string, readonly string[]>;
}

export function createClusterView(): ClusterView {
  return { services: new Map(), slices: new Map(), foreign: new Map() };
}

export function clearView({ services, slices, foreign }: ClusterView): void {
  for (const map of [services, slices, foreign]) map.clear();
}

/** The full name of the Service that a slice of ours belongs to; undefined when the name of the slice is none of ours. */
export function serviceOfSlice({ namespace, name }: { readonly namespace: string; readonly name: string }) {
  const parsed = parseSliceName(name);
  return parsed && fullName({ namespace, name: parsed.service });
}

/** Puts a slice into the view. One whose name is none of ours is not taken. */
export function keepSlice({ slices }: ClusterView, slice: ObservedSlice): void {
  const service = serviceOfSlice(slice);
  if (service === undefined) return;
  const ofService = slices.get(service) ?? new Map<string, ObservedSlice>();
  slices.set(service, ofService);
  ofService.set(slice.name, slice);
}

/** Forgets a Service and its slices, so that they are read again before the next write. */
export function forgetService({ services, slices, foreign }: ClusterView, full: string): void {
  for (const map of [services, slices, foreign]) map.delete(full);
}

/** Takes a slice out of the view. */
export function dropSlice({ slices }: ClusterView, name: { readonly namespace: string; readonly name: string }): void {
  const service = serviceOfSlice(name);
  if (service !== undefined) slices.get(service)?.delete(name.name);
}
