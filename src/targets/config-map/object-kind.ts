import { resources } from '../../kubernetes/resources.js';
import type { Resource } from '../../kubernetes/resource.js';

/** What distinguishes the two kinds of objects that hold data. */
export interface ObjectKind {
  /** Key of the target's block. It also begins the entries in `TargetRecord.owned`. */
  readonly key: 'configMap' | 'secret';
  readonly resource: Resource;
  /** Begins the names of outputs. */
  readonly word: 'configmap' | 'secret';
  /** Of a Secret, all values are in base64 in one map. A ConfigMap has two maps: `data` has text, `binaryData` has base64. */
  readonly isEncoded: boolean;
}

export const configMapKind: ObjectKind = {
  key: 'configMap',
  resource: resources.configMap,
  word: 'configmap',
  isEncoded: false,
};

export const secretKind: ObjectKind = { key: 'secret', resource: resources.secret, word: 'secret', isEncoded: true };
