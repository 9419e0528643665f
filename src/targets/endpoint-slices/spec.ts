import type { Marks } from '../kube-objects/ownership.js';
import type { TextMap } from '../kube-objects/metadata.js';
import { labelsWith } from '../kube-objects/metadata.js';
import type { ObjectType } from './observed.js';
import type { EndpointSlicesOptions } from './schema.js';

/** Begins the entries in `TargetRecord.owned`: `endpointSlices:NAMESPACE/SERVICE`, one for each Service whose objects the target made. */
export const owning = { key: 'endpointSlices' } as const;

/** What a target knows when it compares and writes. */
export interface SlicesSpec {
  readonly options: EndpointSlicesOptions;
  readonly marks: Marks;
}

/** Of the well-known labels (https://kubernetes.io/docs/reference/labels-annotations-taints/). */
export const serviceNameLabel = 'kubernetes.io/service-name';
export const sliceManagerLabel = 'endpointslice.kubernetes.io/managed-by';
const headlessLabel = 'service.kubernetes.io/headless';

/** @param service the name of the Service */
export function labelsFor(type: ObjectType, service: string, { options, marks }: SlicesSpec): TextMap {
  const labels = labelsWith(options.labels, marks);
  if (type === 'service') return labels;
  return {
    ...labels,
    [serviceNameLabel]: service,
    [sliceManagerLabel]: 'rollcall-endpoint-slices',
    // As the control plane does: proxies need not look at such slices.
    ...(options.headless && options.service === 'managed' && { [headlessLabel]: '' }),
  };
}
