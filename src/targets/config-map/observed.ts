import { isMap, textOf, valueOf, itemsOf } from '../../model/raw-data.js';
import { compareText } from '../../model/order.js';
import type { KubeObject } from '../../kubernetes/resource.js';
import { digestOf } from './content.js';
import type { ObjectKind } from './object-kind.js';

/** One entry of `metadata.managedFields` (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management). */
export interface FieldManager {
  readonly name: string;
  /** `Apply`: it declares the fields and will apply them again. `Update`: it changed them once. */
  readonly operation: string;
  /** RFC 3339; '' without one. */
  readonly time: string;
  readonly data: ReadonlySet<string>;
  readonly binaryData: ReadonlySet<string>;
  readonly labels: ReadonlySet<string>;
  readonly annotations: ReadonlySet<string>;
}

/** A ConfigMap or Secret as it is. */
export interface ObservedObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The stored values without base64, sorted by key. */
  readonly data: ReadonlyMap<string, Buffer>;
  /** As `ObjectKind.isEncoded`. */
  readonly isEncoded: boolean;
  /** Keys of a ConfigMap's `binaryData`. */
  readonly binary: ReadonlySet<string>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly managers: readonly FieldManager[];
}

/** Reads an object of the API server. */
export function readObserved({ isEncoded }: ObjectKind, object: KubeObject): ObservedObject {
  const { namespace = '', name, uid = '', resourceVersion = '', labels = {}, annotations = {} } = object.metadata;
  const texts = textsOf(object.data);
  const binary = isEncoded ? [] : textsOf(object.binaryData);
  const data = [
    ...texts.map(([key, text]) => [key, Buffer.from(text, isEncoded ? 'base64' : 'utf8')] as const),
    ...binary.map(([key, text]) => [key, Buffer.from(text, 'base64')] as const),
  ];
  return {
    ...{ namespace, name, uid, resourceVersion, labels, annotations, isEncoded },
    data: new Map(data.sort(([a], [b]) => compareText(a, b))),
    binary: new Set(binary.map(([key]) => key)),
    managers: itemsOf(object.metadata.managedFields).map(readManager),
  };
}

/** As `digestOf`, of these keys. */
export function digestOfKeys({ data }: ObservedObject, keys: ReadonlySet<string>): string {
  return digestOf([...data].filter(([key]) => keys.has(key)));
}

function textsOf(map: unknown): [string, string][] {
  return isMap(map)
    ? Object.entries(map).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text] as [string, string]] : []))
    : [];
}

function readManager(entry: unknown): FieldManager {
  const fields = valueOf(entry, 'fieldsV1');
  const metadata = valueOf(fields, 'f:metadata');
  const at = (map: unknown, name: string): ReadonlySet<string> => {
    const keys = valueOf(map, `f:${name}`);
    return new Set(isMap(keys) ? Object.keys(keys).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : [])) : []);
  };
  return {
    name: textOf(valueOf(entry, 'manager')) ?? '',
    operation: textOf(valueOf(entry, 'operation')) ?? '',
    time: textOf(valueOf(entry, 'time')) ?? '',
    data: at(fields, 'data'),
    binaryData: at(fields, 'binaryData'),
    labels: at(metadata, 'labels'),
    annotations: at(metadata, 'annotations'),
  };
}
