import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Running } from '../support/command.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { readKeys } from '../support/keys.js';
import { until } from '../support/poll.js';
import { createProject, programsOf } from './page.js';

const lines = (program: Running): string[] => program.stdout().split('\n').slice(0, -1);

async function untilLines(program: Running, count: number): Promise<void> {
  await until(() => lines(program).length >= count, {
    deadline: 30_000,
    what: `${count} lines of ${JSON.stringify(program.stdout())} ${program.stderr()}`,
  });
}

/** All leases in etcd: the granted TTL in seconds, and the keys. */
async function leasesOf(etcd: EtcdServer): Promise<{ readonly granted: number; readonly keys: readonly string[] }[]> {
  const { leases = [] } = (await etcd.api('lease/leases', {})) as { leases?: { ID: string }[] };
  return Promise.all(
    leases.map(async ({ ID }) => {
      const { grantedTTL, keys = [] } = (await etcd.api('lease/timetolive', { ID, keys: true })) as {
        grantedTTL: string;
        keys?: string[];
      };
      return { granted: Number(grantedTTL), keys: keys.map((key) => Buffer.from(key, 'base64').toString()) };
    }),
  );
}

describeWith('etcd', 'the first example of docs/library.md', () => {
  it('shows a server that registers, expires with its lease when killed, and leaves at once when stopped', async () => {
    const etcd = await startEtcd();
    const [server = '', client = ''] = programsOf('js');
    const folder = await createProject({ 'server.mjs': server, 'client.mjs': client }, etcd.endpoint);
    const start = (name: string): Running => startRollcall([], { script: join(folder, name), cwd: folder });
    const come = '+ server/001 127.0.0.1:1212';
    const gone = '- server/001';
    expect(programsOf('text')[0]).toBe(`${come}\n${gone}\n`);

    const watching = start('client.mjs');
    const killed = start('server.mjs');
    await untilLines(watching, 1);
    await untilLines(killed, 1);
    expect(lines(killed)).toEqual(['server/001 is registered']);
    expect(await leasesOf(etcd)).toEqual([{ granted: 5, keys: ['server/001'] }]);
    await killed.end('SIGKILL');
    await untilLines(watching, 2);
    expect(lines(watching)).toEqual([come, gone]);
    expect(await readKeys(etcd, 'server/')).toEqual({});

    const stopped = start('server.mjs');
    await untilLines(watching, 3);
    await untilLines(stopped, 1);
    expect(await stopped.end('SIGTERM')).toMatchObject({ code: 0, signal: null, stderr: '' });
    // The lease was revoked; it did not expire.
    expect(await readKeys(etcd, 'server/')).toEqual({});
    expect(await leasesOf(etcd)).toEqual([]);
    await untilLines(watching, 4);
    expect(lines(watching)).toEqual([come, gone, come, gone]);

    const late = start('server.mjs');
    await untilLines(watching, 5);
    await untilLines(late, 1);
    const second = start('client.mjs');
    await untilLines(second, 1);
    expect(lines(second)).toEqual([come]);
    for (const program of [watching, second, late])
      expect(await program.end('SIGTERM')).toMatchObject({ code: 0, signal: null, stderr: '' });
    await etcd.stop();
  });
});
