import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { until } from '../support/poll.js';
import { isZombie } from '../support/processes.js';
import { describeWithImage } from './support/podman.js';
import { makeWorld, runIn, user, type World } from './support/world.js';

const file = (name: string, more: object = {}) => ({
  path: `/etc/nginx/rollcall.d/${name}`,
  template: 'nginx-upstreams',
  ...more,
});

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);

describeWithImage('the image, read-only, without capabilities and with a network of its own', () => {
  let world: World;

  beforeAll(async () => {
    world = await makeWorld();
  });

  it('keeps a file in step with the services that register, reads its config again at SIGHUP, and ends at SIGTERM', async () => {
    await world.writeConfig({ targets: [{ name: 'nginx', expect: ['web'], files: [file('upstreams.conf')] }] });
    const rollcall = await world.run();
    await world.output('upstreams.conf', /upstream web/);
    const first = await world.register('web', '10.0.0.1:8080');
    await world.register('web', '10.0.0.2:8080');
    await world.output('upstreams.conf', /server 10\.0\.0\.1:8080[^]*server 10\.0\.0\.2:8080/);
    expect(await stat(join(world.outputs, 'upstreams.conf'))).toMatchObject({ uid: user, gid: user });
    expect(await stat(join(world.state, 'state'))).toMatchObject({ uid: user, gid: user });
    expect((await stat(join(world.state, 'state'))).mode & 0o777).toBe(0o700);
    await until(async () => (await rollcall.exec('rollcall', 'status')).code === 0, { what: 'status to be in step' });

    expect(await first.stop()).toMatchObject({ code: 0 });
    const left = await world.output('upstreams.conf', /^(?![^]*10\.0\.0\.1)[^]*10\.0\.0\.2/);
    expect(left).toContain('server 10.0.0.2:8080');

    await world.writeConfig({ targets: [{ name: 'nginx', files: [file('upstreams.conf'), file('second.conf')] }] });
    await rollcall.send('SIGHUP');
    await world.output('second.conf', /server 10\.0\.0\.2:8080/);

    const { code, ms } = await rollcall.stop();
    expect({ code, log: await rollcall.log() }).toMatchObject({ code: 0 });
    expect(ms).toBeLessThan(5000);
  });

  it('reaps what a reload leaves behind', async () => {
    const pipe = join(world.outputs, 'pipe');
    execFileSync('mkfifo', ['-m', '666', pipe]);
    const leave = `require('child_process').spawn('sh', ['-c', 'read word < /etc/nginx/rollcall.d/pipe'], { detached: true, stdio: 'ignore' }).unref()`;
    await world.writeConfig({
      targets: [{ name: 'nginx', files: [file('reaped.conf')], reload: { command: ['node', '-e', leave] } }],
    });
    const rollcall = await world.run();
    const pid = await rollcall.pid();
    // rollcall, and what has lost its parent.
    await until(() => childrenOf(pid).length === 2, { what: 'the orphan', deadline: 20_000 });
    await writeFile(pipe, 'end\n');
    await until(() => childrenOf(pid).length === 1, { what: 'its reaping' });
    expect(childrenOf(pid).some(isZombie)).toBe(false);
    expect(await rollcall.stop()).toMatchObject({ code: 0 });
  });

  it('signals a consumer in another container, if both share their processes and their user', async () => {
    const script = `cd /etc/nginx/rollcall.d && echo $$ > pid
      trap 'echo reloaded > reloads' HUP
      while :; do sleep 0.05; done`;
    const consumer = await world.consumer(script);
    await until(async () => (await readFile(join(world.outputs, 'pid'), 'utf8')) !== '', { what: 'the pid file' });
    const reload = { signal: 'HUP', pidFile: '/etc/nginx/rollcall.d/pid', process: 'sh' };
    await world.writeConfig({ targets: [{ name: 'nginx', files: [file('signalled.conf')], reload }] });
    const rollcall = await world.run('--pid', `container:${consumer.name}`);
    await world.output('reloads', /^reloaded\n$/);
    expect(await rollcall.stop()).toMatchObject({ code: 0 });
  });

  it('says what is wrong with a config, and exits with 2', async () => {
    await world.writeConfig({ targets: [{ name: 'nginx', files: [{ path: '/x/y', templat: 'json' }] }] });
    const { code, stderr } = await runIn(world, 'run');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('/etc/rollcall/rollcall.yaml:1:') as string,
    });
    expect(stderr).toContain('templat');
    expect(await runIn(world, 'validate', '--offline')).toMatchObject({ code: 2 });
  });

  it('says what is wrong with a volume', async () => {
    const targets = [{ name: 'nginx', files: [file('volume.conf')] }];
    await world.writeConfig({ stateDir: '/var/lib/rollcall', targets });
    const whole = await runIn(world, 'run');
    expect(whole).toMatchObject({ code: 1 });
    expect(whole.stderr).toContain('such as /var/lib/rollcall/state');
    await world.writeConfig({ targets: [{ name: 'nginx', files: [{ ...file('x'), path: '/srv/upstreams.conf' }] }] });
    const { code, stderr } = await runIn(world, 'validate', '--timeout', '5s');
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('/srv') as string });
  });

  it('reads a password from a mounted file, and logs it nowhere', async () => {
    const password = 'correct-horse-battery';
    await mkdir(join(world.config, 'secrets'));
    await writeFile(join(world.config, 'secrets', 'password'), `${password}\n`);
    await chmod(join(world.config, 'secrets', 'password'), 0o444);
    for (const words of [
      ['put', '/services/api/1', '{"host": "10.0.0.9", "port": 80}'],
      ['user', 'add', `root:${password}`],
      ['role', 'add', 'root'],
      ['user', 'grant-role', 'root', 'root'],
      ['auth', 'enable'],
    ])
      expect(await world.etcd.exec('etcdctl', ...words), words.join(' ')).toMatchObject({ code: 0 });
    const auth = { username: 'root', passwordFile: '/etc/rollcall/secrets/password' };
    const etcd = { endpoints: ['http://127.0.0.1:2379'], auth };
    await world.writeConfig({ etcd, targets: [{ name: 'nginx', files: [file('secret.conf')] }] });
    const rollcall = await world.run();
    await world.output('secret.conf', /server 10\.0\.0\.9:80/);
    expect(await rollcall.log()).not.toContain(password);
    expect(await rollcall.stop()).toMatchObject({ code: 0 });
  });
});
