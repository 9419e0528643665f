import ipaddr from 'ipaddr.js';
import { ipv4Number } from './address.js';
import type { Instance } from './instance.js';

/** Compares by UTF-16 code units: the same order in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares decimal integers of any length, without sign and leading zeros. */
export function compareDecimal(a: string, b: string): number {
  return a.length - b.length || compareText(a, b);
}

/**
 * A text whose code-unit order is the order of instances: IPv4, IPv6, names; each numerically or by name; then port, then id.
 * Compute it once per instance: sorting then only compares texts.
 */
export function rankInstance({
  family,
  address,
  port,
  id,
}: Pick<Instance, 'family' | 'address' | 'port' | 'id'>): string {
  return `${rankAddress(family, address)}\0${String(port).padStart(5, '0')}\0${id}`;
}

/** The position of an instance in the order of instances, without its id. Compute it once: comparing is then cheap. */
export interface SortKey {
  /** For IPv4, address and port as one number; for all others, the same greater number. */
  readonly position: number;
  /** For IPv6 and names, a text to compare by code units; `''` for IPv4. */
  readonly rank: string;
}

export function sortKeyOf({ family, address, port }: Pick<Instance, 'family' | 'address' | 'port'>): SortKey {
  if (family === 'ipv4') return { position: (ipv4Number(address) ?? 0) * 2 ** 16 + port, rank: '' };
  return { position: 2 ** 48, rank: `${rankAddress(family, address)}\0${String(port).padStart(5, '0')}` };
}

export function compareSortKeys(a: SortKey, b: SortKey): number {
  return a.position - b.position || compareText(a.rank, b.rank);
}

/** A sorted copy. */
export function sortInstances(instances: readonly Instance[]): Instance[] {
  return instances
    .map((instance) => ({ instance, rank: rankInstance(instance) }))
    .sort((a, b) => compareText(a.rank, b.rank))
    .map(({ instance }) => instance);
}

function rankAddress(family: Instance['family'], address: string): string {
  switch (family) {
    case 'ipv4':
      return `4${hex(address.split('.').map(Number))}`;
    case 'ipv6':
      return `6${hex(ipaddr.IPv6.parse(address).toByteArray())}`;
    case 'name':
      return `n${address}`;
  }
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
