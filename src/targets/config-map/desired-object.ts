import type { Renderer } from '../maker.js';

/** The `data` of a block, and the name of its objects, with compiled templates. */
export interface ObjectSpec {
  /** As configured; undefined when the cluster decides. */
  readonly namespace: string | undefined;
  /** As configured: the name, or the pattern of a fan-out. */
  readonly name: string;
  /** Present in a fan-out: renders the name of each service's object. */
  readonly fanOut: Renderer | undefined;
  /** Sorted by key. */
  readonly entries: readonly { readonly key: string; readonly template: Renderer }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly compress: boolean;
  readonly force: boolean;
}

/** One key of an object. */
export interface DesiredEntry {
  readonly key: string;
  readonly text: string;
  /** The value as it is stored, without base64: the text in UTF-8, or compressed. */
  readonly stored: Buffer;
}

export interface DesiredObject {
  readonly name: string;
  /** In a fan-out: the service that it is for. */
  readonly service?: string;
  /** Sorted by key. */
  readonly entries: readonly DesiredEntry[];
  /** Bytes of all stored values: what Kubernetes counts. */
  readonly bytes: number;
  /** As `digestOf`. */
  readonly digest: string;
}
