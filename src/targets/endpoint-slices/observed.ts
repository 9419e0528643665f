import { resources } from '../../kubernetes/resources.js';
import type { KubeObject, Resource } from '../../kubernetes/resource.js';
import { parseAddress } from '../../model/address.js';
import { isMap, itemsOf, textOf, valueOf } from '../../model/raw-data.js';
import { readManagers, type FieldManager } from '../kube-objects/managers.js';
import type { TextMap } from '../kube-objects/metadata.js';
import { isOurManager } from '../kube-objects/ownership.js';
import type { Endpoint, GroupKey } from './endpoint.js';
import { digestOfFields, fieldsOfSlice, portName, type Fields } from './fields.js';

export type ObjectType = 'service' | 'slice';

export const resourceOf: Readonly<Record<ObjectType, Resource>> = {
  service: resources.service,
  slice: resources.endpointSlice,
};

/** A Service or a slice as it is. */
export interface ObservedObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: TextMap;
  readonly annotations: TextMap;
  readonly managers: readonly FieldManager[];
  /** The fields that rollcall would apply, as they are. */
  readonly fields: Fields;
  /** As `digestOfFields`. */
  readonly digest: string;
}

export interface ObservedService extends ObservedObject {
  /** The cluster makes endpoints for it from pods. */
  readonly hasSelector: boolean;
  /** `ClusterIP`, `ExternalName` … */
  readonly type: string;
  readonly isHeadless: boolean;
  readonly isDual: boolean;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly appProtocol: string }[];
}

export interface ObservedSlice extends ObservedObject {
  /** Undefined: its family or its ports are not such as rollcall writes. */
  readonly key: GroupKey | undefined;
  /** The first address of each endpoint. */
  readonly endpoints: readonly Endpoint[];
  /** The fields are exactly those that rollcall writes for this key and these endpoints. */
  readonly isExact: boolean;
}

export function readObject(type: 'service', object: KubeObject): ObservedService;
export function readObject(type: 'slice', object: KubeObject): ObservedSlice;
export function readObject(type: ObjectType, object: KubeObject): ObservedService | ObservedSlice;
export function readObject(type: ObjectType, object: KubeObject): ObservedService | ObservedSlice {
  const { namespace = '', name, uid = '', resourceVersion = '', labels = {}, annotations = {} } = object.metadata;
  const base = { namespace, name, uid, resourceVersion, labels, annotations, managers: readManagers(object) };
  return type === 'service' ? { ...base, ...readService(object) } : { ...base, ...readSlice(object) };
}

function readService({ spec }: KubeObject): Omit<ObservedService, keyof Omit<ObservedObject, 'fields' | 'digest'>> {
  const ports = itemsOf(valueOf(spec, 'ports')).map((port) => ({
    name: textOf(valueOf(port, 'name')) ?? '',
    port: Number(valueOf(port, 'port')),
    protocol: textOf(valueOf(port, 'protocol')) ?? '',
    appProtocol: textOf(valueOf(port, 'appProtocol')) ?? '',
  }));
  const isHeadless = valueOf(spec, 'clusterIP') === 'None';
  const isDual = valueOf(spec, 'ipFamilyPolicy') === 'PreferDualStack';
  const type = textOf(valueOf(spec, 'type')) ?? '';
  const fields = {
    spec: {
      type,
      ports: ports.map(({ appProtocol, ...port }) => ({ ...port, ...(appProtocol !== '' && { appProtocol }) })),
      ...(isHeadless && { clusterIP: 'None' }),
      ...(isDual && { ipFamilyPolicy: 'PreferDualStack' }),
    },
  };
  const selector = valueOf(spec, 'selector');
  const hasSelector = isMap(selector) && Object.keys(selector).length > 0;
  return { ...{ ports, isHeadless, isDual, type, hasSelector, fields }, digest: digestOfFields(fields) };
}

function readSlice({
  addressType,
  endpoints: found,
  ports,
}: KubeObject): Omit<ObservedSlice, keyof Omit<ObservedObject, 'fields' | 'digest'>> {
  const fields = { addressType, ports: itemsOf(ports), endpoints: itemsOf(found) };
  const endpoints = itemsOf(found).flatMap((each): Endpoint[] => {
    const address = textOf(itemsOf(valueOf(each, 'addresses'))[0]);
    if (address === undefined) return [];
    return [
      {
        address: parseAddress(address)?.address ?? address,
        isReady: valueOf(valueOf(each, 'conditions'), 'ready') !== false,
        zone: textOf(valueOf(each, 'zone')) ?? '',
      },
    ];
  });
  const key = readKey(addressType, itemsOf(ports));
  const digest = digestOfFields(fields);
  const isExact = key !== undefined && digestOfFields(fieldsOfSlice(key, endpoints)) === digest;
  return { key, endpoints, isExact, fields, digest };
}

function readKey(addressType: unknown, ports: readonly unknown[]): GroupKey | undefined {
  const family = addressType === 'IPv4' ? 'ipv4' : addressType === 'IPv6' ? 'ipv6' : undefined;
  const [first] = ports;
  const port = valueOf(first, 'port');
  if (family === undefined || ports.length !== 1 || typeof port !== 'number') return undefined;
  if (valueOf(first, 'name') !== portName) return undefined;
  return { family, port, appProtocol: textOf(valueOf(first, 'appProtocol')) ?? '' };
}

const appliedFields = ['f:spec', 'f:endpoints', 'f:ports', 'f:addressType'];

/** Other programs that have set fields which rollcall applies, the latest first. `Apply`: they will apply them again. */
export function otherManagers(
  { managers }: ObservedObject,
  manager: string,
  operation: 'Apply' | 'Update',
): readonly string[] {
  return managers
    .filter((each) => each.operation === operation && !isOurManager(each, manager))
    .filter(({ fields }) => isMap(fields) && appliedFields.some((field) => Object.hasOwn(fields, field)))
    .sort((a, b) => (a.time < b.time ? 1 : -1))
    .map(({ name }) => name);
}

/** The fields that rollcall has applied; undefined when it has applied none. */
export function ownManager({ managers }: ObservedObject, manager: string): FieldManager | undefined {
  return managers.find((each) => isOurManager(each, manager));
}
