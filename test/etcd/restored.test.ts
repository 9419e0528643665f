import { cp, rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { noLists } from '../../src/model/measures.js';
import { describeWith } from '../support/binaries.js';
import { startEtcd } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { startProxy } from '../support/proxy.js';
import { memoryDir } from '../support/temp.js';
import { clientOf, follow, newPrefix, putMany, type Following } from './follow.js';

describeWith('etcd', 'a source of a restored store on the system’s etcd', suite);
describeWith('etcd-current', 'a source of a restored store on a current etcd', suite);

function suite(binary: string): void {
  it('lists again when the store was wiped and its revision went backwards', async () => {
    const own = await startEtcd({ binary });
    const prefix = newPrefix();
    await putMany(clientOf(own), prefix, 30, () => 'old');
    const following = follow({ endpoints: [own.endpoint] }, { keys: { prefix } });
    await following.reaches('live');
    await own.kill();
    await own.start({ wipe: true });
    await putMany(clientOf(own), prefix, 20, () => 'new');
    await following.agrees(own);
    expect(following.content.size).toBe(20);
    expect(following.source.lists).toMatchObject({ start: 1 });
    expect(following.source.lists.restored).toBeGreaterThan(0);
    expect(reasons(following)).toMatch(/revision \d+, it was at \d+/);
  });

  it('lists again when another cluster answers at the same address', async () => {
    const own = await startEtcd({ binary });
    const proxy = await startProxy(own.port);
    const prefix = newPrefix();
    await clientOf(own).put(`${prefix}old`, '');
    const following = follow({ endpoints: [proxy.endpoint] }, { keys: { prefix } });
    await following.reaches('live');
    await proxy.refuse();
    await own.restart({ wipe: true, args: ['--initial-cluster-token', 'another'] });
    // At a later revision than the old one ever had.
    await putMany(clientOf(own), prefix, 50, () => 'new');
    await proxy.serve();
    await following.agrees(own);
    expect(reasons(following)).toMatch(/the cluster is \d+, it was \d+/);
    const ids = following.batches.flatMap((batch) => (batch.kind === 'sync' ? batch.clusterId : []));
    expect(new Set(ids).size).toBe(2);
  });

  it('lists again when an older copy of the store was put back', async () => {
    const own = await startEtcd({ binary });
    const prefix = newPrefix();
    await putMany(clientOf(own), prefix, 10, () => 'old');
    const copy = await memoryDir();
    await own.stop();
    await cp(own.dir, copy, { recursive: true });
    await own.start();
    const following = follow({ endpoints: [own.endpoint] }, { keys: { prefix } });
    await putMany(clientOf(own), prefix, 30, () => 'new');
    await following.agrees(own);
    await own.kill();
    await rm(own.dir, { recursive: true });
    await cp(copy, own.dir, { recursive: true });
    await own.start();
    await following.agrees(own);
    expect(following.content.size).toBe(10);
  });

  it('notices by the raft term that a store was wiped and then grew past the known revision', async () => {
    const own = await startEtcd({ binary });
    // Each start causes an election, and each election begins a new term.
    await own.restart();
    await own.restart();
    const proxy = await startProxy(own.port);
    const prefix = newPrefix();
    await clientOf(own).put(`${prefix}old`, '');
    const following = follow({ endpoints: [proxy.endpoint] }, { keys: { prefix } });
    await following.reaches('live');
    await proxy.refuse();
    await own.restart({ wipe: true });
    await putMany(clientOf(own), prefix, 50, () => 'new');
    await proxy.serve();
    await following.agrees(own);
    expect(reasons(following)).toMatch(/the raft term is/);
  });

  it('finds by its comparison a difference that no header shows', async () => {
    const own = await startEtcd({ binary });
    const proxy = await startProxy(own.port);
    const prefix = newPrefix();
    await clientOf(own).put(`${prefix}old`, '');
    const following = follow({ endpoints: [proxy.endpoint] }, { keys: { prefix }, timing: { compareEvery: 800 } });
    await until(() => following.source.counts.comparisons > 0, { what: 'a comparison' });
    expect(following.source.counts.differences).toBe(0);
    await proxy.refuse();
    // A fresh store in its first term, at the same revision: nothing in a header differs.
    await own.restart({ wipe: true });
    await clientOf(own).put(`${prefix}new`, '');
    await proxy.serve();
    await following.agrees(own);
    expect(following.source.counts.differences).toBe(1);
    expect(following.source.lists).toEqual({ ...noLists(), start: 1, differs: 1 });
    expect(following.log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringMatching(/fresh list differs/) as unknown }),
    );
  });
}

function reasons({ log }: Following): string {
  return log.lines.map(({ fields }) => String(fields.reason)).join('\n');
}
