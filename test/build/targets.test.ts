import type { GuardMemory } from '../../src/controller/target-guard.js';
import { createGuard } from '../../src/guard/guard.js';
import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { prepareConfig } from '../../src/build/prepare.js';
import { createManagedTarget } from '../../src/build/targets.js';
import { secretSourcesOf } from '../../src/config/target-inputs.js';
import { createEtcd, type Etcd } from '../../src/etcd/client.js';
import type { EtcdBlock } from '../../src/etcd/schema.js';
import { openStore } from '../../src/state/store.js';
import { createTargetKinds } from '../../src/targets/kinds.js';
import { memory } from '../kinds/memory/kind.js';
import { realClock } from '../support/clock.js';
import { noCluster } from '../support/no-cluster.js';
import { createPlace } from '../support/config.js';
import { memoryLog } from '../support/log.js';

const runtime = { clock: realClock, random: Math.random, log: memoryLog(), env: {} };

const noMemory: GuardMemory = { ...createGuard(), save: () => Promise.resolve() };

it('makes one target of a config, over the connection that the caller returns for its block', async () => {
  const endpoints = ['http://127.0.0.1:1'];
  const dns = (name: string, more: object = {}) => ({
    name,
    skydns: { domain: `${name}.example.com`, owner: 'o', ...more },
  });
  const place = await createPlace('http://127.0.0.1:2', {
    sources: [{ name: 'services', prefix: '/services/' }],
    targets: [
      dns('main'),
      dns('other', { etcd: { endpoints } }),
      { name: 'f', files: [{ path: '/x', template: 'json' }] },
    ],
  });
  const prepared = await prepareConfig(place.file);
  const store = await openStore(place.at('state'), { log: runtime.log });
  const etcd = createEtcd({ endpoints }, runtime);
  try {
    const asked: (EtcdBlock | undefined)[] = [];
    const connect = (block: EtcdBlock | undefined): Etcd => {
      asked.push(block);
      return etcd;
    };
    const names: string[] = [];
    for (const config of prepared.loaded.config.targets) {
      const managed = await createManagedTarget({
        prepared,
        config,
        store,
        guard: noMemory,
        lastGood: () => undefined,
        connect,
        cluster: noCluster,
        runtime,
      });
      expect(managed.journal).toBe(await store.journal(config.name));
      names.push(managed.name);
    }
    expect(names).toEqual(['main', 'other', 'f']);
    expect(asked).toEqual([undefined, { endpoints }]);
  } finally {
    etcd.close();
    await store.close();
  }
});

it('makes a target secret when its kind or one of its sources is secret', async () => {
  const vault = createTargetKinds([memory, { ...memory, key: 'vault', secret: true }]);
  const block = (store: string) => ({ store, texts: { all: { template: './t.hbs' } } });
  const place = await createPlace('http://127.0.0.1:2', {
    sources: [
      { name: 'open', prefix: '/open/' },
      { name: 'closed', prefix: '/closed/', format: 'raw', secret: true },
    ],
    targets: [
      { name: 'open', sources: ['open'], memory: block('a') },
      { name: 'of-kind', sources: ['open'], vault: block('b') },
      { name: 'of-source', sources: ['closed'], memory: block('c') },
      { name: 'of-all', memory: block('d') },
    ],
  });
  await writeFile(place.at('t.hbs'), 'text');
  const prepared = await prepareConfig(place.file, undefined, vault);
  expect([...secretSourcesOf(prepared.loaded.config)]).toEqual(['closed']);
  const store = await openStore(place.at('state'), { log: runtime.log });
  try {
    const secrets: boolean[] = [];
    for (const config of prepared.loaded.config.targets) {
      const connect = (): never => {
        throw new TypeError('no etcd is asked for');
      };
      const { target, view } = await createManagedTarget({
        prepared,
        config,
        store,
        guard: noMemory,
        lastGood: () => undefined,
        connect,
        cluster: noCluster,
        runtime,
      });
      const outputs = target.outputs(target.desired(view({ sources: [], stale: false })));
      secrets.push(...outputs.map(({ secret }) => secret));
    }
    expect(secrets).toEqual([false, true, true, true]);
  } finally {
    await store.close();
  }
});
