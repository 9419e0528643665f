import type { EtcdServer } from './etcd.js';

const encode = (text: string): string => Buffer.from(text).toString('base64');
const decode = (text: unknown): string => Buffer.from(String(text), 'base64').toString();

/** Writes one key. A value that is not a string is written as JSON. */
export async function putKey(etcd: EtcdServer, key: string, value: unknown): Promise<void> {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  await etcd.api('kv/put', { key: encode(key), value: encode(text) });
}

/** Writes many keys, 128 in one transaction: a watch shows these together. */
export async function putKeys(etcd: EtcdServer, keys: Readonly<Record<string, string>>): Promise<void> {
  const puts = Object.entries(keys).map(([key, value]) => ({
    request_put: { key: encode(key), value: encode(value) },
  }));
  for (let at = 0; at < puts.length; at += 128) await etcd.api('kv/txn', { success: puts.slice(at, at + 128) });
}

/** Removes one key, or with a trailing `*` every key with this prefix. */
export async function deleteKey(etcd: EtcdServer, key: string): Promise<void> {
  await etcd.api('kv/deleterange', rangeOf(key));
}

/** All keys below a prefix, with their values, now or at a revision. */
export async function readKeys(etcd: EtcdServer, prefix: string, revision?: string): Promise<Record<string, string>> {
  const { kvs = [] } = (await etcd.api('kv/range', { ...rangeOf(`${prefix}*`), ...(revision && { revision }) })) as {
    kvs?: { key: string; value: string }[];
  };
  return Object.fromEntries(kvs.map(({ key, value }) => [decode(key), decode(value)]));
}

function rangeOf(key: string): object {
  if (!key.endsWith('*')) return { key: encode(key) };
  const first = Buffer.from(key.slice(0, -1));
  const end = Buffer.from(first);
  end.writeUInt8((end.at(-1) ?? 0) + 1, end.length - 1);
  return { key: first.toString('base64'), range_end: end.toString('base64') };
}

/** Removes these keys in one transaction. */
export async function deleteKeys(etcd: EtcdServer, keys: readonly string[]): Promise<void> {
  await etcd.api('kv/txn', { success: keys.map((key) => ({ request_delete_range: { key: encode(key) } })) });
}
