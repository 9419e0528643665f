import { setTimeout as pause } from 'node:timers/promises';
import { deleteKey, putKey } from '../support/keys.js';
import { at } from './service-set.js';
import type { World } from './world.js';

export type Dice = () => number;

/** Pseudo-random numbers, 0 <= n < 1, from a seed (mulberry32). */
export function dice(seed: number): Dice {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Storm {
  /** Resolves when the last write is acknowledged and no lease is left that could expire. */
  calm(): Promise<void>;
}

/** This service is never empty: its first instance changes its port, but is never removed. */
export const steady = 'steady';
const services = ['api', 'db', 'mail', steady, 'web'];
const slots = 8;
const longTtl = 3600;

/**
 * Writes as fast as etcd answers, with pauses of up to 8 ms: puts and deletes of single instances and of whole services,
 * with and without leases, of which some are revoked and some expire, and sometimes a value that is no registration.
 */
export function startStorm({ etcd }: World, random: Dice): Storm {
  const calming = new AbortController();
  const leases = new Set<string>();
  const pick = (below: number): number => Math.floor(random() * below);

  const register = async (service: number, slot: number, lease?: string): Promise<void> => {
    const port = 10_000 + (service * slots + slot) * 100 + pick(100);
    const value = JSON.stringify(at(port));
    await etcd.api('kv/put', { key: encode(keyOf(service, slot)), value: encode(value), ...(lease && { lease }) });
  };
  const grant = async (ttl: number): Promise<string> => {
    const { ID } = await etcd.api('lease/grant', { TTL: ttl });
    leases.add(String(ID));
    return String(ID);
  };
  const revoke = async (lease: string): Promise<void> => {
    leases.delete(lease);
    await etcd.api('lease/revoke', { ID: lease }).catch((error: unknown) => {
      // The lease had already expired.
      if (!String(error).includes('lease not found')) throw error;
    });
  };

  async function write(): Promise<void> {
    const service = pick(services.length);
    const slot = pick(slots);
    const what = random();
    const isSteady = services[service] === steady;
    if (isSteady && slot === 0) return register(service, slot);
    if (what < 0.5) return register(service, slot);
    if (what < 0.65) return register(service, slot, await grant(what < 0.55 ? 1 : longTtl));
    if (what < 0.85) return deleteKey(etcd, keyOf(service, slot));
    if (what < 0.9) return putKey(etcd, keyOf(service, slot), 'no registration');
    if (what < 0.95) return [...leases].slice(0, 1).reduce((before, lease) => before.then(() => revoke(lease)), idle);
    if (!isSteady) return deleteKey(etcd, `/services/${services[service] ?? ''}/*`);
  }

  const blown = (async () => {
    await register(services.indexOf(steady), 0);
    while (!calming.signal.aborted) {
      await write();
      await pause(random() * 8);
    }
  })();
  return {
    async calm() {
      calming.abort();
      await blown;
      for (const lease of [...leases]) await revoke(lease);
    },
  };
}

const idle = Promise.resolve();
const keyOf = (service: number, slot: number): string => `/services/${services[service] ?? ''}/${slot}`;
const encode = (text: string): string => Buffer.from(text).toString('base64');
