import type { Fragment, Refusal } from './format.js';

/** Tags and metadata as an instance has them. */
export interface Labels {
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Makes equal parts of many instances one object, so that tens of thousands of instances hold a few of them. */
export interface Interner {
  text(text: string): string;
  /** What `settle` says of them, asked once for equal ones. */
  labels(from: Pick<Fragment, 'tags' | 'metadata'>, normalize: () => Labels | Refusal): Labels | Refusal;
}

/** Kept of each kind at most: what differs from instance to instance is not worth keeping. */
const most = 4096;
/** Longest labels that are kept, in characters of their JSON. */
const longest = 256;

export function createInterner(): Interner {
  const texts = new Map<string, string>();
  const labels = new Map<string, Labels | Refusal>();
  return {
    text(text) {
      const known = texts.get(text);
      if (known !== undefined) return known;
      if (texts.size >= most) texts.clear();
      texts.set(text, text);
      return text;
    },
    labels({ tags, metadata }, settle) {
      const key = metadata === undefined && tags === undefined ? '' : JSON.stringify([tags, metadata]);
      const known = labels.get(key);
      if (known !== undefined) return known;
      const normalized = settle();
      if (key.length > longest) return normalized;
      if (labels.size >= most) labels.clear();
      labels.set(key, normalized);
      return normalized;
    },
  };
}
