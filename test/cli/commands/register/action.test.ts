import { createServer } from 'node:http';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writerNames } from '../../../../src/formats/writers/registry.js';
import { describeWith } from '../../../support/binaries.js';
import { createProgram } from '../../../../src/cli/program.js';
import { rollcall, type Line } from '../../../support/command.js';
import { createPlace } from '../../../support/config.js';
import { addUser, enableAuth, startEtcd, type EtcdServer } from '../../../support/etcd.js';
import { historyOf } from '../../../support/history.js';
import { putKey, readKeys } from '../../../support/keys.js';
import { freePort } from '../../../support/ports.js';
import { tempDir } from '../../../support/temp.js';
import { startRegister, there, untilKeys } from '../../registering.js';

const because = (reason: string) => (line: Line) => line.reason === reason;

describe('a wrong command line of register', () => {
  it.each([
    ['register', "missing required argument 'service'"],
    ['register web', 'write ADDRESS:PORT, or :PORT alone, or set $PORT'],
    ['register -- ls', 'write the name of the service before the --'],
    ['register web :80 ls -- ls', 'write the command after --, as in: -- ls'],
    ['register web :80 node server.js', 'as in: -- node server.js'],
    ['register web :80 --', 'write a command after the --'],
    ['register web 10.0.0.1:80 --ttl 500ms', 'write 1s or more'],
    ['register web 10.0.0.1:80 --weight 65536', 'from 0 to 65535'],
    ['register web 10.0.0.1:80 --meta team', 'Write it as key=value.'],
    ['register web 10.0.0.1:80 --meta a=1 --meta a=2', 'a is given twice.'],
    ['register web 10.0.0.1:80 --format yaml', 'json, plain, grpc-endpoints, kratos, kitex'],
    ['register web 10.0.0.1:80 --prefix /x/ --key /y', 'give either a prefix or a whole key, not both'],
    ['register web 10.0.0.1:80 --check ftp://x', 'there is no check by ftp://'],
    ['register web 10.0.0.1:80 --fall 3', '--fall needs --check'],
    ['register web 10.0.0.1:80 --on-unhealthy critical', '--on-unhealthy needs --check'],
    ['register web 10.0.0.1:80 --kill-after 1s', '--kill-after needs a command after --'],
    ['register web 10.0.0.1:80 --endpoints http://h,', 'Write them as http://a:2379,http://b:2379.'],
  ])('exits 2 and says what to do: %s', async (line, words) => {
    const cwd = await tempDir();
    const { code, stdout, stderr } = await rollcall(line.split(' '), { cwd });
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
  });

  it.each([
    [{ POD_IP: 'pod' }, '$POD_IP is'],
    [{ PORT: 'http', POD_IP: '10.0.0.1' }, '$PORT is'],
  ])('is also a variable that makes no sense: %j', async (env, words) => {
    const { code, stderr } = await rollcall(['register', 'web', ...('PORT' in env ? [] : [':80'])], { env });
    expect({ code, said: (JSON.parse(stderr) as { error: string }).error }).toEqual({
      code: 2,
      said: expect.stringContaining(words) as string,
    });
  });

  it('offers every format that has a writer', () => {
    const command = createProgram().commands.find((one) => one.name() === 'register');
    expect(command?.options.find(({ long }) => long === '--format')?.argChoices).toEqual(writerNames);
  });
});

describeWith('etcd', 'rollcall register', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });

  it('writes all options into the key; at SIGTERM drains, deletes the key and exits 0', async () => {
    const running = startRegister(etcd, [
      ...[
        'web',
        '[FD00::1]:8080',
        '--prefix',
        '/all/',
        '--ttl',
        '30s',
        '--id',
        'a1',
        '--tag',
        'public',
        '--tag',
        'x=y',
      ],
      ...['--meta', 'team=core', '--meta', 'note=a=b', '--weight', '5', '--zone', 'z1', '--service-version', '1.2'],
      ...['--scheme', 'http', '--drain', '100ms'],
    ]);
    await untilKeys(etcd, '/all/', { '/all/web/a1': there });
    const said = {
      ...{ service: 'web', address: 'fd00::1', port: 8080, weight: 5, scheme: 'http', zone: 'z1', version: '1.2' },
      ...{ tags: ['public', 'x=y'], metadata: { note: 'a=b', team: 'core' } },
    };
    const { kvs } = (await etcd.api('kv/range', { key: Buffer.from('/all/web/a1').toString('base64') })) as {
      kvs: { lease: string }[];
    };
    expect(await etcd.api('lease/timetolive', { ID: kvs[0]?.lease })).toMatchObject({ grantedTTL: '30' });

    const { code, stdout } = await running.end();
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const happened = (await historyOf(etcd, '/all/')).map(({ value }) => value && (JSON.parse(value) as unknown));
    expect(happened).toEqual([said, { ...said, status: 'draining' }, undefined]);
    for (const msg of ['registering without a health check', 'draining', 'deregistering'])
      expect(running.lines().map((line) => line.msg)).toContain(msg);
  });

  it.each([
    ['plain', [], '/f/web/10.0.0.1:80', '10.0.0.1:80'],
    ['plain', ['--id', 'a', '--scheme', 'http'], '/f/web/a', 'http://10.0.0.1:80'],
    ['grpc-endpoints', [], '/f/web/10.0.0.1:80', expect.stringContaining('"Addr":"10.0.0.1:80"')],
    ['kratos', ['--id', 'a', '--scheme', 'grpc'], '/f/web/a', expect.stringContaining('grpc://10.0.0.1:80')],
    ['kitex', ['--weight', '7'], '/f/web/10.0.0.1:80', expect.stringContaining('"weight":7')],
  ])('writes as %s %j, which knows no draining: the key goes before the wait', async (format, more, key, value) => {
    const args = ['web', '10.0.0.1:80', '--format', format, '--prefix', '/f/', '--drain', '24h', ...more];
    const running = startRegister(etcd, args);
    await untilKeys(etcd, '/f/', { [key]: there });
    expect((await readKeys(etcd, '/f/'))[key]).toEqual(value);
    running.send('SIGTERM');
    await untilKeys(etcd, '/f/', {});
    expect(await running.end()).toMatchObject({ code: 0 });
  });

  it('takes the address from $POD_IP, the port from $PORT, and the key and the endpoints from the options', async () => {
    const running = startRegister(
      'http://127.0.0.1:1',
      ['web', '--key', '/env/this one', '--endpoints', etcd.endpoint, '--drain', '0'],
      { env: { POD_IP: '10.1.2.3', PORT: '8080' } },
    );
    await untilKeys(etcd, '/env/', { '/env/this one': ({ address, port }) => address === '10.1.2.3' && port === 8080 });
    expect((await running.end('SIGINT')).code).toBe(0);
  });

  it('takes the address that routes to etcd, and warns when only this machine can reach it', async () => {
    const running = startRegister(etcd, ['web', ':80', '--prefix', '/own/', '--drain', '0']);
    await untilKeys(etcd, '/own/', { '/own/web/127.0.0.1:80': there });
    const warning = running.lines().find(({ level }) => level === 'warn');
    expect(warning?.msg).toMatch(/which no other machine can reach: write ADDRESS:PORT$/);
    // SIGHUP means that the session has ended.
    expect((await running.end('SIGHUP')).code).toBe(0);
    expect(await readKeys(etcd, '/own/')).toEqual({});
  });

  it('refuses a key of another writer, and replaces it with --take-over', async () => {
    await putKey(etcd, '/con/web/a', JSON.stringify({ address: '10.0.0.2', port: 80 }));
    const args = ['web', '10.0.0.1:80', '--id', 'a', '--prefix', '/con/'];
    const refused = await startRegister(etcd, args).ended;
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
      ...{ level: 'error', code: 'REGISTRATION_CONFLICT', msg: 'rollcall cannot register' },
    });
    await untilKeys(etcd, '/con/', { '/con/web/a': ({ address }) => address === '10.0.0.2' });
    const taking = startRegister(etcd, [...args, '--take-over', '--drain', '0']);
    await untilKeys(etcd, '/con/', { '/con/web/a': ({ address }) => address === '10.0.0.1' });
    await taking.line(because('taken-over'), 'the take-over');
    expect((await taking.end()).code).toBe(0);
  });

  it('adopts its own key after a quick restart', async () => {
    const args = ['web', '10.0.0.1:80', '--prefix', '/quick/', '--ttl', '300s', '--drain', '0'];
    const first = startRegister(etcd, args);
    await first.line(because('registered'), 'the first registration');
    await first.end('SIGKILL');
    const second = startRegister(etcd, args);
    await second.line(because('adopted'), 'the second one');
    expect(Object.keys(await readKeys(etcd, '/quick/'))).toEqual(['/quick/web/10.0.0.1:80']);
    expect((await second.end()).code).toBe(0);
    expect(await readKeys(etcd, '/quick/')).toEqual({});
  });

  it('loses the key by the TTL when killed or stopped, and puts it back when continued', async () => {
    const start = (id: string) =>
      startRegister(etcd, ['web', '10.0.0.1:80', '--id', id, '--prefix', '/ttl/', '--ttl', '2s', '--drain', '0']);
    const [killed, stopped] = [start('killed'), start('stopped')];
    await untilKeys(etcd, '/ttl/', { '/ttl/web/killed': there, '/ttl/web/stopped': there });
    stopped.send('SIGSTOP');
    await killed.end('SIGKILL');
    await untilKeys(etcd, '/ttl/', {});
    stopped.send('SIGCONT');
    await untilKeys(etcd, '/ttl/', { '/ttl/web/stopped': there });
    expect((await stopped.end()).code).toBe(0);
    expect(await readKeys(etcd, '/ttl/')).toEqual({});
  });

  it('waits for an etcd that does not run yet, and registers again after a wipe', async () => {
    const own = await startEtcd();
    await own.stop();
    const running = startRegister(own, ['web', '10.0.0.1:80', '--prefix', '/late/', '--ttl', '2s', '--drain', '0']);
    await running.line(({ code }) => code === 'ETCD_UNREACHABLE', 'a word about etcd');
    await own.start();
    await untilKeys(own, '/late/', { '/late/web/10.0.0.1:80': there });
    await own.restart({ wipe: true });
    await untilKeys(own, '/late/', { '/late/web/10.0.0.1:80': there });
    await running.line(because('restored'), 'the return');
    await own.kill();
    await running.line(({ state }) => state === 'lost', 'the loss');
    await own.start();
    await untilKeys(own, '/late/', { '/late/web/10.0.0.1:80': there });
    expect((await running.end()).code).toBe(0);
    await own.stop();
  });

  it('ends without a key when stopped before etcd runs', async () => {
    const running = startRegister(`http://127.0.0.1:${await freePort()}`, ['web', '10.0.0.1:80', '--drain', '24h']);
    await running.line(({ code }) => code === 'ETCD_UNREACHABLE', 'a word about etcd');
    expect((await running.end()).code).toBe(0);
  });

  it('ends soon at a second signal: with etcd the key is deleted, without etcd the exit code is 1', async () => {
    const own = await startEtcd();
    const args = ['web', '10.0.0.1:80', '--prefix', '/two/', '--drain', '24h', '--ttl', '24h'];
    const draining = startRegister(own, args);
    await untilKeys(own, '/two/', { '/two/web/10.0.0.1:80': there });
    draining.send('SIGTERM');
    await untilKeys(own, '/two/', { '/two/web/10.0.0.1:80': ({ status }) => status === 'draining' });
    expect((await draining.end()).code).toBe(0);
    expect(await readKeys(own, '/two/')).toEqual({});

    const cut = startRegister(own, args);
    await untilKeys(own, '/two/', { '/two/web/10.0.0.1:80': there });
    await own.kill();
    cut.send('SIGTERM');
    await cut.line(({ msg }) => msg === 'draining', 'the first signal');
    expect((await cut.end()).code).toBe(1);
  });

  it('logs in with the `etcd` block of a config, prints no password, and ends when etcd denies the key', async () => {
    const own = await startEtcd();
    await addUser(own, { name: 'web', password: 'open sesame', prefix: '/mine/' });
    await enableAuth(own, 'root');
    const place = await createPlace(own, {
      etcd: { endpoints: [own.endpoint], auth: { username: 'web', password: 'open sesame' } },
    });
    const running = startRegister('http://127.0.0.1:1', [
      ...['web', '10.0.0.1:80', '-c', place.file, '--prefix', '/mine/', '--drain', '0', '--log-level', 'debug'],
    ]);
    await running.line(because('registered'), 'the registration');
    const ended = await running.end();
    expect(ended.code).toBe(0);
    expect(ended.stderr).not.toContain('open sesame');

    const denied = await startRegister(own, ['web', '10.0.0.1:80', '--prefix', '/theirs/', '-c', place.file]).ended;
    expect({ code: denied.code, stderr: denied.stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('ETCD_DENIED') as string,
    });
    await own.stop();
  });

  describe('with a check', () => {
    const ends: (() => void)[] = [];
    afterEach(() => {
      for (const end of ends.splice(0)) end();
    });

    /** Answers with the status in `answer`. */
    async function startAnswering(): Promise<{ answer: number; readonly url: string }> {
      const port = await freePort();
      const state = { answer: 503, url: `http://127.0.0.1:${port}/health?token=word` };
      const server = createServer((_request, response) => {
        response.statusCode = state.answer;
        response.end();
      });
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      ends.push(() => {
        server.close();
        server.closeAllConnections();
      });
      return state;
    }

    const checked = (url: string, prefix: string, ...more: string[]): string[] => [
      ...['web', '10.0.0.1:80', '--prefix', prefix, '--check', url, '--interval', '50ms', '--rise', '2', '--fall', '2'],
      ...['--check-timeout', '5s', '--drain', '0', ...more],
    ];

    it('registers when the check first passes, deletes the key while it fails, and registers again', async () => {
      const service = await startAnswering();
      const running = startRegister(etcd, checked(service.url, '/chk/'));
      await running.line(({ msg }) => msg === 'not healthy yet: waiting', 'the first verdict');
      expect(await historyOf(etcd, '/chk/')).toEqual([]);
      for (let round = 0; round < 2; round += 1) {
        service.answer = 200;
        await untilKeys(etcd, '/chk/', { '/chk/web/10.0.0.1:80': there });
        service.answer = 500;
        await untilKeys(etcd, '/chk/', {});
      }
      const why = running.lines().filter(({ msg }) => msg === 'unhealthy: deleting the key');
      expect(why[0]).toMatchObject({ level: 'warn', why: expect.stringContaining('answered 500') as string });
      expect((await running.end()).code).toBe(0);
      expect(running.stderr()).not.toContain('word');
    });

    it('sets the status critical instead, with --on-unhealthy critical', async () => {
      const service = await startAnswering();
      service.answer = 200;
      const running = startRegister(etcd, checked(service.url, '/crit/', '--on-unhealthy', 'critical'));
      const key = '/crit/web/10.0.0.1:80';
      await untilKeys(etcd, '/crit/', { [key]: ({ status }) => status === undefined });
      service.answer = 500;
      await untilKeys(etcd, '/crit/', { [key]: ({ status }) => status === 'critical' });
      await running.line(({ msg }) => msg === 'unhealthy: setting the status to critical', 'the new status');
      service.answer = 200;
      await untilKeys(etcd, '/crit/', { [key]: ({ status }) => status === undefined });
      expect((await running.end()).code).toBe(0);
      const happened = await historyOf(etcd, '/crit/');
      expect(happened.filter(({ value }) => value === undefined)).toHaveLength(1);
    });

    it('works with tcp, and with a command that gets no credentials of etcd', async () => {
      const { url } = await startAnswering();
      const port = new URL(url).port;
      const running = [
        startRegister(etcd, ['web', `127.0.0.1:${port}`, '--prefix', '/tcp/', '--check', 'tcp', '--drain', '0']),
        startRegister(etcd, [
          'web',
          '10.0.0.1:80',
          '--prefix',
          '/cmd/',
          '--drain',
          '0',
          '--check',
          `sh -c 'test -z "$ETCDCTL_ENDPOINTS"'`,
        ]),
      ];
      await untilKeys(etcd, '/tcp/', { [`/tcp/web/127.0.0.1:${port}`]: there });
      await untilKeys(etcd, '/cmd/', { '/cmd/web/10.0.0.1:80': there });
      for (const one of running) expect((await one.end()).code).toBe(0);
    });

    it('does not replace a key that another writer took in between, and registers when the key is free', async () => {
      const service = await startAnswering();
      service.answer = 200;
      const running = startRegister(etcd, checked(service.url, '/meanwhile/'));
      const key = '/meanwhile/web/10.0.0.1:80';
      await untilKeys(etcd, '/meanwhile/', { [key]: there });
      service.answer = 500;
      await untilKeys(etcd, '/meanwhile/', {});
      await putKey(etcd, key, JSON.stringify({ address: '10.0.0.2', port: 80 }));
      service.answer = 200;
      await running.line(({ code }) => code === 'REGISTRATION_CONFLICT', 'the conflict');
      await untilKeys(etcd, '/meanwhile/', { [key]: ({ address }) => address === '10.0.0.2' });
      await etcd.api('kv/deleterange', { key: Buffer.from(key).toString('base64') });
      await untilKeys(etcd, '/meanwhile/', { [key]: ({ address }) => address === '10.0.0.1' });
      expect((await running.end()).code).toBe(0);
    });
  });
});
