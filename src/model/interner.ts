import type { Fragment, Refusal } from './format.js';

/** The normalized tags and metadata of an instance. */
export interface Labels {
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Replaces equal parts of many instances by one object, to save memory with tens of thousands of instances. */
export interface Interner {
  text(text: string): string;
  /** The result of `normalize`, which is called once for equal labels. */
  labels(from: Pick<Fragment, 'tags' | 'metadata'>, normalize: () => Labels | Refusal): Labels | Refusal;
}

/** The most entries of each kind: values that differ for every instance are not worth keeping. */
const maxEntries = 4096;
/** The longest labels that are kept, in characters of their JSON. */
const maxLabelsLength = 256;

export function createInterner(): Interner {
  const texts = new Map<string, string>();
  const labels = new Map<string, Labels | Refusal>();
  return {
    text(text) {
      const known = texts.get(text);
      if (known !== undefined) return known;
      if (texts.size >= maxEntries) texts.clear();
      texts.set(text, text);
      return text;
    },
    labels({ tags, metadata }, settle) {
      const key = metadata === undefined && tags === undefined ? '' : JSON.stringify([tags, metadata]);
      const known = labels.get(key);
      if (known !== undefined) return known;
      const normalized = settle();
      if (key.length > maxLabelsLength) return normalized;
      if (labels.size >= maxEntries) labels.clear();
      labels.set(key, normalized);
      return normalized;
    },
  };
}
