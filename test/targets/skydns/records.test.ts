import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Etcd } from '../../../src/etcd/client.js';
import type { Check } from '../../../src/ports/check.js';
import type { Journal } from '../../../src/ports/journal.js';
import { createCheck } from '../../../src/reload/check.js';
import { openStore } from '../../../src/state/store.js';
import { createSkydnsTarget, type SkydnsTargetDeps } from '../../../src/targets/skydns/target.js';
import type { RecordOptions } from '../../../src/targets/skydns/desired.js';
import { connect } from '../../contract/skydns-world.js';
import { pass, viewOf } from '../../contract/target.js';
import { describeWith } from '../../support/binaries.js';
import { realClock } from '../../support/clock.js';
import { startEtcd, type EtcdServer } from '../../support/etcd.js';
import { memoryLog } from '../../support/log.js';
import { memoryDir } from '../../support/temp.js';

describeWith('etcd', 'records in a real etcd', () => {
  let server: EtcdServer;
  let etcd: Etcd;
  let journal: Journal;
  let dir: string;
  let prefix: string;
  let worlds = 0;
  const log = memoryLog();

  beforeAll(async () => {
    server = await startEtcd();
    etcd = connect(server);
  });

  beforeEach(async () => {
    dir = await memoryDir();
    const store = await openStore(dir, { log });
    journal = await store.journal('dns');
    prefix = `/skydns-${++worlds}`;
    log.lines.length = 0;
    return () => store.close();
  });

  afterAll(() => {
    etcd.close();
  });

  const naming = (over: Partial<RecordOptions> = {}): RecordOptions => ({
    prefix,
    domain: 'example.com',
    owner: 'roll',
    ...over,
  });
  const target = (over: Partial<RecordOptions> = {}, deps: Partial<SkydnsTargetDeps> = {}) =>
    createSkydnsTarget(naming(over), { target: 'dns', journal, etcd, log, ...deps });
  const keys = async (): Promise<string[]> =>
    (await etcd.range({ prefix: `${prefix}/` })).entries.map(({ key }) => key);

  it('do not change a desired key with another owner, and log this once', async () => {
    await pass(target(), viewOf({ web: [80] }));
    const [key = ''] = await keys();
    const theirs = JSON.stringify({ host: '10.0.0.9', port: 1 });
    await etcd.put(key, theirs);
    const same = target();
    for (let round = 0; round < 3; round++) expect((await pass(same, viewOf({ web: [80] }))).changes).toBe(0);
    expect((await etcd.range({ key })).entries[0]?.value).toBe(theirs);
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { conflicts: [key], count: 1 } }]);
  });

  it('of an earlier domain go when the domain changes, also when the change was interrupted', async () => {
    await new Promise<void>((dead) => {
      const onStep = (step: string): void | Promise<void> => {
        if (step !== 'swap:0') return;
        dead();
        return new Promise(() => undefined);
      };
      void pass(target({ domain: 'old.example.com' }, { onStep }), viewOf({ web: [80] }));
    });
    // The journal has lost its undo data, but still knows the directory.
    await journal.advance({ step: 'none', undo: null });
    expect(await keys()).toHaveLength(1);
    await pass(target({ domain: 'new.example.org' }), viewOf({ web: [80] }));
    expect(await keys()).toEqual([expect.stringContaining('/org/example/new/web/')]);
    await pass(target({ domain: 'new.example.org' }), viewOf({ web: [80] }));
    expect(journal.record.owned).toEqual([`skydns:${prefix}/org/example/new/`]);
  });

  it('are not overwritten when another writer was faster', async () => {
    const slow = target();
    const want = slow.desired(viewOf({ web: [80] }));
    const signal = new AbortController().signal;
    const changes = slow.diff(want, await slow.observe(want, signal));
    const key = changes[0]?.output ?? '';
    await etcd.put(key, 'theirs');
    await journal.advance({ reloadPending: false });
    const context = { digest: 'd', revision: 'r', signal, swapped: () => undefined };
    await expect(slow.apply(changes, context)).rejects.toMatchObject({ code: 'OUTPUT_RACED', retry: true });
    expect((await etcd.range({ key })).entries[0]?.value).toBe('theirs');
    expect(journal.record).toMatchObject({ step: 'failed', undo: null, reloadPending: false });
  });

  it('in more than one transaction are all written, and a caveat says what a reader may have seen', async () => {
    const ports = Array.from({ length: 300 }, (_, index) => 1000 + index);
    const { applied } = await pass(target(), viewOf({ web: ports }));
    expect(await keys()).toHaveLength(300);
    expect(applied?.caveats).toEqual([expect.stringContaining('300 keys took 3 transactions')]);
    expect((await pass(target(), viewOf({ web: [80] }))).applied?.caveats).toHaveLength(1);
    expect(await keys()).toHaveLength(1);
  });

  it('are visible to a check in place, and the old ones are restored when it refuses', async () => {
    await pass(target(), viewOf({ web: [80] }));
    // Accepts while etcd has no key with port 81 below the prefix.
    const script = `
      const text = (t) => Buffer.from(t).toString('base64');
      const body = JSON.stringify({ key: text('${prefix}/'), range_end: text('${prefix}0') });
      const answer = await fetch('${server.endpoint}/v3/kv/range', { method: 'POST', body });
      const { kvs = [] } = await answer.json();
      const bad = kvs.filter(({ value }) => JSON.parse(Buffer.from(value, 'base64').toString()).port === 81);
      if (bad.length > 0) { console.error('port 81 is there'); process.exit(1); }`;
    const check: Check = createCheck(
      { command: [process.execPath, '--input-type=module', '-e', script], timeout: 20_000 },
      { clock: realClock, environment: process.env, allowed: [], cwd: dir, scratch: `${dir}/scratch` },
    );
    const before = (await etcd.range({ prefix: `${prefix}/` })).entries.map(({ key, value }) => [key, value]);
    await expect(pass(target({}, { check }), viewOf({ web: [81] }))).rejects.toMatchObject({
      code: 'CHECK_REFUSED',
      message: expect.stringContaining('port 81 is there') as string,
    });
    expect((await etcd.range({ prefix: `${prefix}/` })).entries.map(({ key, value }) => [key, value])).toEqual(before);
    await pass(target({}, { check }), viewOf({ web: [82] }));
    expect(journal.record).toMatchObject({ step: 'checked', failed: null });
  });
});
