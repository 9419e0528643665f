import { mkdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';
import { describeWithMounts } from '../support/mounts.js';
import { until } from '../support/poll.js';
import { pidIn, runs } from '../support/processes.js';

/** Writes its own pid and that of a child, and hangs with it. */
const hung = [
  'sh',
  '-c',
  'sleep 300 & echo $! > child.new; mv child.new child; echo $$ > own.new; mv own.new own; wait',
];

describeWith('etcd', 'rollcall that is killed while a command of a target hangs', () => {
  let etcd: EtcdServer;

  beforeAll(async () => {
    etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', { address: '10.0.0.1', port: 80 });
  });
  afterAll(() => etcd.stop());

  /** Resolves to the pids of the hung command and its child. */
  async function begin(commands: object): Promise<{ rollcall: Running; place: Place; pids: [number, number] }> {
    const place = await createPlace(etcd, {});
    await mkdir(place.at('conf'));
    const files = [{ path: 'conf/upstreams.conf', template: 'nginx-upstreams' }];
    await place.write({
      sources: [{ name: 'services', prefix: '/services/' }],
      targets: [{ name: 'nginx', files, ...commands }],
    });
    const rollcall = startRollcall(['run', '-c', place.file]);
    const own = await until(() => pidIn(place.at('own')), { what: 'the hung command', deadline: 20_000 });
    return { rollcall, place, pids: [own, pidIn(place.at('child')) ?? NaN] };
  }

  async function expectEnd({ rollcall, pids }: { rollcall: Running; pids: [number, number] }): Promise<void> {
    expect(pids.map(runs)).toEqual([true, true]);
    await rollcall.end('SIGKILL');
    await until(() => !pids.some(runs), { what: 'the end of the check and its child' });
  }

  describeWithMounts('isolated', () => {
    it('takes the check and its children with it', async () => {
      const begun = await begin({ check: hung });
      const own = await readFile(`/proc/${begun.pids[0]}/mountinfo`, 'utf8');
      expect(own).toContain(begun.place.at('conf'));
      await expectEnd(begun);
    });
  });

  it('takes a check in place and its children with it', async () => {
    await expectEnd(await begin({ check: { command: hung, isolated: false } }));
  });

  it('lets a reload run to its end, because the consumer may be half restarted', async () => {
    const { rollcall, pids } = await begin({ reload: { command: hung } });
    await rollcall.end('SIGKILL');
    // A check that hung as long would have ended by now: the group is ended before the next start can reload.
    const next = await begin({ reload: { command: hung } });
    await next.rollcall.end('SIGKILL');
    expect([...pids, ...next.pids].map(runs)).toEqual([true, true, true, true]);
    for (const pid of [...pids, ...next.pids]) process.kill(pid, 'SIGKILL');
  });
});
