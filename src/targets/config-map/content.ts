import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { DesiredEntry, DesiredObject } from './desired-object.js';

/** The most bytes of the values of one object (Kubernetes, `MaxSecretSize`; the same for ConfigMaps). Keys do not count. */
export const mostBytes = 1_048_576;
/** From this share on, a caveat warns. */
const warnAt = 0.8;

/** The entry of a rendered text. Equal texts give equal bytes: gzip writes no time. */
export function makeEntry(key: string, text: string, compress: boolean): DesiredEntry {
  const plain = Buffer.from(text);
  return { key, text, stored: compress ? gzipSync(plain, { level: 9 }) : plain };
}

/** @param entries sorted by key @param service the one service of the object, in a fan-out */
export function makeObject(name: string, entries: readonly DesiredEntry[], service?: string): DesiredObject {
  const bytes = entries.reduce((sum, { stored }) => sum + stored.length, 0);
  const digest = digestOf(entries.map(({ key, stored }) => [key, stored]));
  return { name, entries, bytes, digest, ...(service !== undefined && { service }) };
}

/** Hex SHA-256 over keys and stored values. @param data sorted by key */
export function digestOf(data: Iterable<readonly [string, Buffer]>): string {
  const hash = createHash('sha256');
  for (const [key, stored] of data) hash.update(JSON.stringify([key, stored.length])).update(stored);
  return hash.digest('hex');
}

/** Why the object is too large, and what to do; undefined when it is not. */
export function problemOfSize({ bytes }: DesiredObject, compress: boolean): string | undefined {
  if (bytes <= mostBytes) return undefined;
  const way = compress ? 'write one object for each service (`forEach: service`)' : 'set `compress: gzip`';
  return `it would hold ${bytes} bytes, and Kubernetes allows ${mostBytes}: ${way}, or select fewer services`;
}

/** A sentence for an object that will soon be too large; undefined for any other. */
export function warnOfSize(output: string, { bytes }: DesiredObject): string | undefined {
  if (bytes < warnAt * mostBytes) return undefined;
  return `${output} holds ${bytes} bytes, ${Math.floor((100 * bytes) / mostBytes)} % of what Kubernetes allows`;
}
