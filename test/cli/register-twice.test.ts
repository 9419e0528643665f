import { writeFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { historyOf } from '../support/history.js';
import { until } from '../support/poll.js';
import { readKeys } from '../support/keys.js';
import { deadline, isAlive, startRegister, takeNotes, there, untilKeys, type Notes } from './registering.js';

describeWith('etcd', 'rollcall register … -- command, twice for one endpoint', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });

  const at = (port: number, prefix: string, ...more: string[]): string[] => [
    ...['web', `127.0.0.1:${port}`, '--prefix', prefix, '--ttl', '6s', '--drain', '0', '--interval', '100ms', ...more],
  ];
  const keyOf = ({ port }: Notes, prefix: string): string => `${prefix}web/127.0.0.1:${port}`;

  /** The command of other notes, with the port of these. */
  const secondOf = (first: Notes, second: Notes, ...words: string[]): string[] => [
    ...second.command('exit=0', ...words).filter((word) => !word.startsWith('port=')),
    `port=${first.port}`,
  ];

  it('does not take the running instance’s port for its own, and leaves its key alone', async () => {
    const [first, second] = [await takeNotes(), await takeNotes()];
    const older = startRegister(etcd, [...at(first.port, '/port/'), ...first.command('exit=0')]);
    await untilKeys(etcd, '/port/', { [keyOf(first, '/port/')]: there });
    const newer = startRegister(etcd, [...at(first.port, '/port/'), ...secondOf(first, second, 'hold')]);
    const warning = await newer.line(
      ({ level, msg }) => level === 'warn' && msg.includes('another process'),
      'the port',
    );
    expect(warning).toMatchObject({ port: first.port });
    // The service notes its start only when it handles signals.
    await until(() => second.lines().length > 0, { deadline, what: 'the start of the service' });
    expect((await newer.end()).code).toBe(0);
    expect(await historyOf(etcd, '/port/')).toHaveLength(1);
    expect(Object.keys(await readKeys(etcd, '/port/'))).toEqual([keyOf(first, '/port/')]);

    // The opposite: the next instance follows as soon as the port is its own.
    const next = startRegister(etcd, [...at(first.port, '/port/'), ...secondOf(first, second, 'hold')]);
    await next.line(({ level, msg }) => level === 'warn' && msg.includes('another process'), 'the port');
    expect((await older.end()).code).toBe(0);
    await until(() => !isAlive(first));
    expect(await readKeys(etcd, '/port/')).toEqual({});
    await writeFile(`${second.file}.go`, '');
    await untilKeys(etcd, '/port/', { [keyOf(first, '/port/')]: there });
    expect((await next.end()).code).toBe(0);
  });

  it('says that another instance holds the key when the check does not tell, and never adopts or deletes it', async () => {
    const [first, second] = [await takeNotes(), await takeNotes()];
    const older = startRegister(etcd, [...at(first.port, '/held/'), ...first.command('exit=0')]);
    await untilKeys(etcd, '/held/', { [keyOf(first, '/held/')]: there });
    const args = [...at(first.port, '/held/', '--check', 'none'), ...secondOf(first, second, 'hold')];
    const newer = startRegister(etcd, args);
    const line = await newer.line(({ code }) => code === 'REGISTRATION_CONFLICT', 'the conflict');
    expect(line.error).toMatch(/another instance holds this key: lease \d+ is kept alive/);
    expect((await newer.end()).code).toBe(0);
    expect(await historyOf(etcd, '/held/')).toHaveLength(1);
    expect((await older.end()).code).toBe(0);
    expect(await readKeys(etcd, '/held/')).toEqual({});
  });

  it('adopts the key of an instance that was killed, without a moment without the key', async () => {
    const [first, second] = [await takeNotes(), await takeNotes()];
    const older = startRegister(etcd, [...at(first.port, '/dead/'), ...first.command()]);
    await untilKeys(etcd, '/dead/', { [keyOf(first, '/dead/')]: there });
    older.send('SIGKILL');
    process.kill(first.pid(), 'SIGKILL');
    await older.ended;
    const newer = startRegister(etcd, [...at(first.port, '/dead/'), ...secondOf(first, second)]);
    await newer.line(({ reason }) => reason === 'adopted', 'the adoption');
    expect((await historyOf(etcd, '/dead/')).map(({ value }) => value !== undefined)).toEqual([true, true]);
    expect((await newer.end()).code).toBe(0);
    expect(await readKeys(etcd, '/dead/')).toEqual({});
  });
});
