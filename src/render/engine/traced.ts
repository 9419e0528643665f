/**
 * A value of a tracing rendering, and where it comes from. The engine unwraps it wherever it uses a value, so templates and helpers never see
 * it.
 */
export class Traced {
  readonly value: unknown;
  /** Keys, other traced values, and the containers that the value was read from. `createTracer` finds the keys in them. */
  readonly from: readonly object[];

  constructor(value: unknown, from: readonly object[]) {
    this.value = value;
    this.from = from;
  }
}

/** A key of a raw source as the origin of a value. */
export class KeyOrigin {
  /** The whole key; for a value of `kv.tree`, the path below the prefix of the source. */
  readonly key: string;
  /** Name of the source; undefined for a whole key. */
  readonly source: string | undefined;
  /** The text that was read; undefined when there is no such key. */
  readonly text: string | undefined;

  constructor(key: string, text: string | undefined, source?: string) {
    this.key = key;
    this.text = text;
    this.source = source;
  }
}
