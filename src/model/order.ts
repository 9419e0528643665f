import ipaddr from 'ipaddr.js';
import { ipv4Number } from './address.js';
import type { Instance } from './instance.js';

/** By UTF-16 code units: the same everywhere, whatever the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Decimal integers without sign and leading zeros, of any length. */
export function compareDecimal(a: string, b: string): number {
  return a.length - b.length || compareText(a, b);
}

/**
 * A text whose code-unit order is the order of instances: IPv4, IPv6, names; numerically or by name; then port, then
 * id. Computed once per instance, it makes sorting a matter of comparing texts.
 */
export function rankInstance({
  family,
  address,
  port,
  id,
}: Pick<Instance, 'family' | 'address' | 'port' | 'id'>): string {
  return `${rankAddress(family, address)}\0${String(port).padStart(5, '0')}\0${id}`;
}

/** Where an instance stands in the order of instances, but for its id. Computed once, it makes comparing cheap. */
export interface SortKey {
  /** Address and port of IPv4 as one number; the same number for all others. */
  readonly position: number;
  /** The order of the others by code units; `''` of IPv4. */
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
