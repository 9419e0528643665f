import type { Fragment, Refusal, RejectionCode } from '../model/format.js';

/** A JSON value as text: texts as they are, numbers and booleans as JSON writes them. Undefined stays, null for the rest. */
export function toText(value: unknown): string | undefined | null {
  if (typeof value === 'string' || value === undefined) return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** A number, also as decimal digits in a text. Undefined stays, NaN for the rest. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number' || value === undefined) return value;
  return typeof value === 'string' && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : NaN;
}

/**
 * Tags are a list of texts, or one text with commas. Where they are an object they are metadata, as some registries
 * have it; a field of the metadata proper wins over theirs.
 */
export function readLabels(tags: unknown, metadata: unknown): Pick<Fragment, 'tags' | 'metadata'> | Refusal {
  const proper = toRecord(metadata);
  if (proper === null) return refuse('not-recognised', 'the metadata is no object, or nested too deeply');
  if (tags === undefined) return { metadata: proper };
  if (typeof tags === 'string' || Array.isArray(tags)) {
    const list = toTags(tags);
    return list === null
      ? refuse('not-recognised', 'a tag is neither a text nor a number')
      : { tags: list, metadata: proper };
  }
  const labels = toRecord(tags);
  if (labels === null) return refuse('not-recognised', 'the tags are no list and no object, or nested too deeply');
  return { metadata: Object.assign(Object.create(null), labels, proper) as Record<string, string> };
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
 * An object's own fields: scalars as text, objects and lists as compact JSON, null left out. An empty list is an empty object
 * (PHP writes it so). Null for anything else.
 */
function toRecord(value: unknown): Readonly<Record<string, string>> | undefined | null {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value);
  if (entries.every(([, item]) => typeof item === 'string')) return value as Record<string, string>;
  const record = Object.create(null) as Record<string, string>;
  for (const [key, item] of entries) {
    if (item === null) continue;
    const text = toText(item) ?? compact(item);
    if (text === null) return null;
    record[key] = text;
  }
  return record;
}

/** JSON.parse takes any depth, JSON.stringify only what the stack holds: null beyond that. */
function compact(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}

export function refuse(rejected: RejectionCode, reason: string): Refusal {
  return { rejected, reason };
}
