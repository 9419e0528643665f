import { isIP } from 'node:net';
import type { Instance } from '../../src/model/instance.js';

/** An instance with all fields; those in the argument override the defaults. */
export function instance(over: Partial<Instance> = {}): Instance {
  return Object.freeze({
    id: 'i-1',
    service: 'web',
    source: 'services',
    key: '/services/web/i-1',
    address: '10.0.0.1',
    family: 'ipv4',
    host: '10.0.0.1',
    port: 80,
    weight: 1,
    scheme: '',
    zone: '',
    version: '',
    tags: Object.freeze([]),
    metadata: Object.freeze(Object.create(null) as Record<string, string>),
    status: 'passing',
    held: false,
    ...over,
  });
}

/** Checks an instance against the contract of the view, without the code under test. */
export function faultsOf(it: Instance): string[] {
  const texts = [it.id, it.service, it.scheme, it.zone, it.version, ...it.tags, ...Object.entries(it.metadata).flat()];
  const claims: Record<string, boolean> = {
    frozen: Object.isFrozen(it) && Object.isFrozen(it.tags) && Object.isFrozen(it.metadata),
    'named fields': it.id !== '' && it.service !== '' && it.source !== '',
    'UTF-8': texts.every((text) => Buffer.from(text).toString() === text),
    'lines stay whole': texts.every((text) => Array.from(text).every((sign) => !breaksLines(sign.codePointAt(0) ?? 0))),
    family: it.family === ({ 4: 'ipv4', 6: 'ipv6', 0: 'name' } as const)[isIP(it.address) as 0 | 4 | 6],
    'canonical IPv6': it.family !== 'ipv6' || new URL(`http://[${it.address}]`).hostname === `[${it.address}]`,
    'RFC 1123 name':
      it.family !== 'name' ||
      (it.address.length <= 253 &&
        it.address.split('.').every((label) => /^[a-z0-9-]{1,63}$/.test(label) && !/^-|-$/.test(label)) &&
        !/^\d+$/.test(it.address.split('.').at(-1) ?? '')),
    'no wildcard': it.address !== '0.0.0.0' && it.address !== '::',
    host: it.host === (it.family === 'ipv6' ? `[${it.address}]` : it.address),
    port: Number.isInteger(it.port) && it.port >= 1 && it.port <= 65_535,
    weight: Number.isInteger(it.weight) && it.weight >= 0 && it.weight <= 65_535,
    tags: JSON.stringify(it.tags) === JSON.stringify([...new Set(it.tags)].sort()),
    metadata: Object.getPrototypeOf(it.metadata) === null,
    status: ['passing', 'draining', 'critical'].includes(it.status),
    'not held': !it.held,
  };
  return Object.keys(claims).filter((claim) => claims[claim] !== true);
}

function breaksLines(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0x2028 || code === 0x2029;
}
