import { isMap } from '../../model/raw-data.js';
import { compareText } from '../../model/order.js';
import type { KubeObject } from '../../kubernetes/resource.js';
import { keysOfField, readManagers, type FieldManager } from '../kube-objects/managers.js';
import { digestOf } from './content.js';
import type { ObjectKind } from './object-kind.js';

/** A manager of fields, and the keys that it has set. */
export interface DataManager extends FieldManager {
  readonly data: ReadonlySet<string>;
  readonly binaryData: ReadonlySet<string>;
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
  readonly managers: readonly DataManager[];
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
    managers: readManagers(object).map((manager) => ({
      ...manager,
      data: keysOfField(manager.fields, 'data'),
      binaryData: keysOfField(manager.fields, 'binaryData'),
    })),
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
