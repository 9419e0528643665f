import { onTestFinished } from 'vitest';
import type { Etcd } from '../../src/etcd/client.js';
import type { EtcdOptions } from '../../src/etcd/options.js';
import type { Registered, RegisteredChange, RegisterOptions, Registrar } from '../../src/registrar/registered.js';
import { createRegistrar } from '../../src/registrar/registrar.js';
import type { Entry } from '../../src/model/entry.js';
import type { Registration } from '../../src/model/registration.js';
import { realClock } from '../support/clock.js';
import type { EtcdServer } from '../support/etcd.js';
import { memoryLog, type MemoryLog } from '../support/log.js';
import { until } from '../support/poll.js';
import { clientOf } from '../etcd/follow.js';

/** A deadline that is long enough for a loaded machine. */
export const patient = { deadline: 40_000 };

export interface Registering {
  readonly registrar: Registrar;
  readonly etcd: Etcd;
  readonly log: MemoryLog;
  /** Registers, and records the changes that the handle reports. */
  readonly register: (registration: Registration, options?: RegisterOptions) => Promise<Told>;
}

export interface Told {
  readonly handle: Registered;
  readonly changes: RegisteredChange[];
  /** `state reason` of each change, including the first. */
  readonly said: () => string[];
  /** Waits until the handle has reported this change. */
  readonly says: (text: string) => Promise<void>;
}

/** A registrar that is closed after the test. */
export function registering(connection: EtcdOptions | EtcdServer): Registering {
  const etcd = clientOf(connection);
  const log = memoryLog();
  const registrar = createRegistrar(etcd, { clock: realClock, random: Math.random, log });
  onTestFinished(() => registrar.close());
  return {
    registrar,
    etcd,
    log,
    async register(registration, options) {
      const handle = await registrar.register(registration, options);
      const changes = [handle.last];
      handle.on('change', (change) => void changes.push(change));
      const said = (): string[] => changes.map(({ state, reason }) => `${state} ${reason}`);
      return {
        handle,
        changes,
        said,
        async says(text) {
          await until(() => said().includes(text), { ...patient, what: text }).catch((error: unknown) => {
            throw new Error(`${String(error)}; it reported ${said().join(', ')}`, { cause: error });
          });
        },
      };
    },
  };
}

/** The entries under a prefix. */
export async function keysOf(server: EtcdServer, prefix: string): Promise<readonly Entry[]> {
  return (await clientOf(server).range({ prefix })).entries;
}

/** The leases that etcd has. */
export async function leasesOf(server: EtcdServer): Promise<string[]> {
  const { leases = [] } = (await server.api('lease/leases', {})) as { leases?: { ID: string }[] };
  return leases.map(({ ID }) => ID);
}
