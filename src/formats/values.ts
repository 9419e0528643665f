import type { Fragment, Refusal, RejectionCode } from '../model/format.js';

/** A JSON value as text: numbers and booleans as JSON writes them. Undefined for undefined, null for any other type. */
export function toText(value: unknown): string | undefined | null {
  if (typeof value === 'string' || value === undefined) return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** A number, or a text of decimal digits as a number. Undefined for undefined, NaN for any other value. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number' || value === undefined) return value;
  return typeof value === 'string' && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : NaN;
}

/**
 * Tags are a list of texts, or one text with commas. Some writers use an object of tags: its fields become metadata. When `tags` and
 * `metadata` have the same field, `metadata` wins.
 */
export function readLabels(tags: unknown, metadata: unknown): Pick<Fragment, 'tags' | 'metadata'> | Refusal {
  const ownMetadata = toRecord(metadata);
  if (ownMetadata === null) return refuse('not-recognised', 'the metadata is not an object, or is nested too deeply');
  if (tags === undefined) return { metadata: ownMetadata };
  if (typeof tags === 'string' || Array.isArray(tags)) {
    const list = toTags(tags);
    return list === null
      ? refuse('not-recognised', 'a tag is neither a text nor a number')
      : { tags: list, metadata: ownMetadata };
  }
  const labels = toRecord(tags);
  if (labels === null)
    return refuse('not-recognised', 'the tags are neither a list nor an object, or are nested too deeply');
  return { metadata: Object.assign(Object.create(null), labels, ownMetadata) as Record<string, string> };
}

function toTags(value: string | readonly unknown[]): readonly string[] | null {
  const items = typeof value === 'string' ? value.split(',').map((tag) => tag.trim()) : value;
  const tags: string[] = [];
  for (const item of items) {
    if (item === null || item === '') continue;
    const tag = toText(item);
    if (typeof tag !== 'string') return null;
    tags.push(tag);
  }
  return tags;
}

/**
 * The fields of an object: scalars as text, objects and lists as compact JSON, without null fields. Undefined for undefined and for an
 * empty list, which PHP writes for an empty object. Null for any other value.
 */
function toRecord(value: unknown): Readonly<Record<string, string>> | undefined | null {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value);
  if (entries.every(([, item]) => typeof item === 'string')) return value as Record<string, string>;
  const record = Object.create(null) as Record<string, string>;
  for (const [key, item] of entries) {
    if (item === null) continue;
    const text = toText(item) ?? toCompactJson(item);
    if (text === null) return null;
    record[key] = text;
  }
  return record;
}

/** Null when the value is nested too deeply: JSON.parse accepts any depth, but JSON.stringify can overflow the stack. */
function toCompactJson(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}

export function refuse(rejected: RejectionCode, reason: string): Refusal {
  return { rejected, reason };
}
