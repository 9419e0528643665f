import { afterAll, beforeAll } from 'vitest';
import type { Etcd } from '../../src/etcd/client.js';
import { describeWith } from '../support/binaries.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { connect, makeSkydnsWorld } from './skydns-world.js';
import { describeTarget } from './target.js';

describeWith('etcd', 'keys in a real etcd', () => {
  let server: EtcdServer;
  let etcd: Etcd;

  beforeAll(async () => {
    server = await startEtcd();
    etcd = connect(server);
  });

  afterAll(() => {
    etcd.close();
  });

  describeTarget('skydns', () => makeSkydnsWorld(server, etcd));
  describeTarget('skydns with a lease', () => makeSkydnsWorld(server, etcd, { lease: 600_000 }));
});
