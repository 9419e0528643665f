import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { environment, main } from '../support/command.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { historyOf } from '../support/history.js';
import { deleteKey, putKey, readKeys } from '../support/keys.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';
import { deadline, isAlive, startRegister, takeNotes, there, untilKeys, type Notes } from './registering.js';

describeWith('etcd', 'rollcall register … -- command', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });

  const at = ({ port }: Notes, prefix: string, ...more: string[]): string[] => [
    ...[
      'web',
      `127.0.0.1:${port}`,
      '--id',
      'a',
      '--prefix',
      prefix,
      '--interval',
      '100ms',
      '--check-timeout',
      '5s',
      ...more,
    ],
  ];
  const keyOf = (prefix: string): string => `${prefix}web/a`;

  it('registers when the port accepts; at SIGTERM drains, waits, deletes the key, and only then ends the command', async () => {
    const notes = await takeNotes();
    const words = notes.command('hold', `etcd=${etcd.endpoint}`, `key=${keyOf('/seq/')}`, 'exit=7');
    const running = startRegister(etcd, [...at(notes, '/seq/', '--drain', '300ms'), ...words]);
    await running.line(({ msg }) => msg === 'not healthy yet: waiting', 'the first try');
    expect(await historyOf(etcd, '/seq/')).toEqual([]);
    await writeFile(`${notes.file}.go`, '');
    await untilKeys(etcd, '/seq/', { [keyOf('/seq/')]: there });
    expect(notes.lines()).toContain('listens');

    const { code, stdout } = await running.end();
    expect({ code, stdout }).toEqual({ code: 7, stdout: 'on standard output\n' });
    expect(notes.lines().slice(-2)).toEqual(['SIGTERM', 'the key is not there']);
    const statuses = (await historyOf(etcd, '/seq/')).map(({ value }) => value && (JSON.parse(value) as object));
    expect(statuses).toEqual([
      expect.not.objectContaining({ status: expect.anything() as string }),
      expect.objectContaining({ status: 'draining' }),
      undefined,
    ]);
    expect(isAlive(notes)).toBe(false);
  });

  it('deletes the key while a check fails, and does not touch the command', async () => {
    const notes = await takeNotes();
    const check = ['--check', `http://127.0.0.1:${notes.port}/health`, '--fall', '1', '--drain', '0'];
    const running = startRegister(etcd, [...at(notes, '/ill/', ...check), ...notes.command('exit=0')]);
    for (let round = 0; round < 2; round += 1) {
      await untilKeys(etcd, '/ill/', { [keyOf('/ill/')]: there });
      await writeFile(`${notes.file}.sick`, '');
      await untilKeys(etcd, '/ill/', {});
      await rm(`${notes.file}.sick`);
    }
    await untilKeys(etcd, '/ill/', { [keyOf('/ill/')]: there });
    expect((await running.end()).code).toBe(0);
    expect(notes.lines().filter((line) => line.startsWith('pid'))).toHaveLength(1);
    expect(notes.lines().filter((line) => line === 'SIGTERM')).toHaveLength(1);
  });

  it('deletes the key at once when the command ends by itself, and exits with its code', async () => {
    const notes = await takeNotes();
    const running = startRegister(etcd, [...at(notes, '/died/', '--ttl', '24h', '--drain', '24h'), ...notes.command()]);
    await untilKeys(etcd, '/died/', { [keyOf('/died/')]: there });
    process.kill(notes.pid(), 'SIGKILL');
    expect((await running.ended).code).toBe(137);
    expect(await readKeys(etcd, '/died/')).toEqual({});
    expect((await historyOf(etcd, '/died/')).map(({ value }) => value !== undefined)).toEqual([true, false]);

    const short = startRegister(etcd, [...at(notes, '/died/', '--check', 'none'), '--', 'sh', '-c', 'exit 3']);
    expect((await short.ended).code).toBe(3);
    expect(await readKeys(etcd, '/died/')).toEqual({});
  });

  it('kills a command that does not end in time', async () => {
    const notes = await takeNotes();
    const args = at(notes, '/deaf/', '--drain', '0', '--kill-after', '200ms');
    const running = startRegister(etcd, [...args, ...notes.command('deaf')]);
    await untilKeys(etcd, '/deaf/', { [keyOf('/deaf/')]: there });
    expect((await running.end()).code).toBe(137);
    expect(notes.lines()).toContain('SIGTERM');
    const ofCommand = running.lines().filter(({ pid }) => pid === notes.pid());
    expect(ofCommand.map(({ level, msg }) => [level, msg])).toEqual([
      ['info', 'the command has started'],
      ['info', 'ending the command'],
      ['warn', 'the command did not end in time: killing it'],
      ['info', 'the command ended'],
    ]);
  });

  it('ends the command at once at a second signal, and kills it at a third', async () => {
    const notes = await takeNotes();
    const args = at(notes, '/more/', '--drain', '24h', '--kill-after', '24h');
    const running = startRegister(etcd, [...args, ...notes.command('deaf')]);
    await untilKeys(etcd, '/more/', { [keyOf('/more/')]: there });
    running.send('SIGTERM');
    await untilKeys(etcd, '/more/', { [keyOf('/more/')]: ({ status }) => status === 'draining' });
    expect(notes.lines()).not.toContain('SIGTERM');
    running.send('SIGTERM');
    await notes.line('SIGTERM');
    await untilKeys(etcd, '/more/', {});
    running.send('SIGTERM');
    expect((await running.ended).code).toBe(137);
  });

  it('ends a command that was never healthy, without draining', async () => {
    const notes = await takeNotes();
    const running = startRegister(etcd, [...at(notes, '/never/', '--drain', '24h'), ...notes.command('hold')]);
    await running.line(({ msg }) => msg === 'not healthy yet: waiting', 'the first try');
    await until(() => notes.lines().length > 0, { deadline });
    expect((await running.end()).code).toBe(143);
    expect(await historyOf(etcd, '/never/')).toEqual([]);
  });

  it('passes on other signals, and the environment without the credentials of etcd', async () => {
    const notes = await takeNotes();
    const env = { ETCDCTL_USER: 'nobody:open sesame', OWN: 'kept', PORT: String(notes.port) };
    const running = startRegister(
      etcd,
      [...at(notes, '/env/', '--drain', '0', '--log-level', 'debug'), ...notes.command('exit=0')],
      { env },
    );
    await notes.line('listens');
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
      running.send(signal);
      await notes.line(signal);
      const passed = 'signal passed on to the command';
      await running.line(({ msg, signal: name }) => msg === passed && name === signal, signal);
    }
    const line = notes.lines().find((text) => text.startsWith('env ')) ?? '';
    const child = JSON.parse(line.slice(4)) as Record<string, string>;
    expect(child).toMatchObject({ OWN: 'kept', PORT: String(notes.port) });
    expect(Object.keys(child).filter((name) => name.startsWith('ETCDCTL_'))).toEqual([]);
    expect((await running.end()).code).toBe(0);
    expect(running.stderr()).not.toContain('open sesame');
  });

  it.each([
    ['no-such-program', 127, 'is not in PATH'],
    ['./absent', 127, 'does not exist'],
    ['/etc/passwd', 126, 'not executable'],
  ])('exits as a shell does when %s cannot be started', async (program, code, words) => {
    const ended = await startRegister(etcd, ['web', '10.0.0.1:80', '--prefix', '/none/', '--', program]).ended;
    expect(ended.code).toBe(code);
    expect(JSON.parse(ended.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
      ...{ level: 'error', code: 'CHILD_NOT_STARTED', error: expect.stringContaining(words) as string },
    });
    expect(await historyOf(etcd, '/none/')).toEqual([]);
  });

  it('does not start the command when another writer has the key', async () => {
    const marker = join(await tempDir(), 'started');
    await putKey(etcd, keyOf('/con/'), JSON.stringify({ address: '10.0.0.2', port: 80 }));
    const args = ['web', '10.0.0.1:80', '--id', 'a', '--prefix', '/con/', '--check', 'none', '--', 'touch', marker];
    const { code, stderr } = await startRegister(etcd, args).ended;
    expect({ code, started: existsSync(marker) }).toEqual({ code: 1, started: false });
    expect(stderr).toContain('REGISTRATION_CONFLICT');
    expect(Object.keys(await readKeys(etcd, '/con/'))).toEqual([keyOf('/con/')]);
    const taking = await startRegister(etcd, ['web', '10.0.0.1:80', '--take-over', ...args.slice(2)]).ended;
    expect({ code: taking.code, started: existsSync(marker) }).toEqual({ code: 0, started: true });
  });

  it('lets a command serve without etcd, or while another writer has the key, until it can be registered', async () => {
    const own = await startEtcd();
    await putKey(own, keyOf('/away/'), JSON.stringify({ address: '10.0.0.2', port: 80 }));
    await own.stop();
    const notes = await takeNotes();
    const running = startRegister(own, [...at(notes, '/away/', '--drain', '0'), ...notes.command('exit=5')]);
    await notes.line('listens');
    const unchecked = 'etcd did not answer: starting the command without checking the key';
    await running.line(({ level, msg }) => level === 'warn' && msg === unchecked, 'the unchecked key');
    await own.start();
    await running.line(({ code }) => code === 'REGISTRATION_CONFLICT', 'the conflict');
    expect(isAlive(notes)).toBe(true);
    await deleteKey(own, keyOf('/away/'));
    await untilKeys(own, '/away/', { [keyOf('/away/')]: ({ port }) => port === notes.port });
    expect((await running.end()).code).toBe(5);
    expect(await readKeys(own, '/away/')).toEqual({});
    await own.stop();
  });

  it('when killed, leaves the command running and the key to its TTL', async () => {
    const notes = await takeNotes();
    const running = startRegister(etcd, [...at(notes, '/killed/', '--ttl', '2s'), ...notes.command()]);
    await untilKeys(etcd, '/killed/', { [keyOf('/killed/')]: there });
    running.send('SIGKILL');
    await untilKeys(etcd, '/killed/', {});
    expect(isAlive(notes)).toBe(true);
    // rollcall shares its standard streams with the command.
    process.kill(notes.pid(), 'SIGKILL');
    expect((await running.ended).signal).toBe('SIGKILL');
  });

  it('ends the command without etcd, too, when the key must have expired', async () => {
    const own = await startEtcd();
    const notes = await takeNotes();
    const args = at(notes, '/gone/', '--ttl', '2s', '--drain', '0');
    const running = startRegister(own, [...args, ...notes.command('exit=6')]);
    await untilKeys(own, '/gone/', { [keyOf('/gone/')]: there });
    await own.pause();
    expect((await running.end()).code).toBe(6);
    own.resume();
    await untilKeys(own, '/gone/', {});
    await own.stop();
  });

  describeWith('script', 'on a terminal', (script) => {
    const ends: (() => void)[] = [];
    afterEach(() => {
      for (const end of ends.splice(0)) end();
    });

    it('shares ^C with the command, and still keeps the order', async () => {
      const notes = await takeNotes();
      const words = notes.command(`etcd=${etcd.endpoint}`, `key=${keyOf('/tty/')}`, 'exit=7');
      const line = [process.execPath, main, 'register', ...at(notes, '/tty/', '--drain', '100ms'), ...words];
      // ^C reaches the shell too, and some shells end by it. The trap keeps the shell alive, so that it prints the exit code.
      const command = `trap : INT; ${line.map((word) => `'${word}'`).join(' ')}; echo "exit $?"`;
      const env = environment({ TERM: 'xterm', NO_COLOR: '1', ETCDCTL_ENDPOINTS: etcd.endpoint });
      const child = spawn(script, ['-qec', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
      ends.push(() => child.kill('SIGKILL'));
      let seen = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (seen += chunk));
      await untilKeys(etcd, '/tty/', { [keyOf('/tty/')]: there });
      child.stdin.write('\u0003');
      await once(child, 'close');
      expect(seen).toMatch(/exit 7\r\n$/);
      expect(seen).toContain('INFO: draining {');
      expect(notes.lines().slice(-3)).toEqual(['SIGINT', 'SIGTERM', 'the key is not there']);
    });
  });
});
