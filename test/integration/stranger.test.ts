import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { canaryOf } from '../support/canary.js';
import { rollcall, startRollcall, type Line, type Running } from '../support/command.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import {
  asStranger,
  describeWithStranger,
  makeGround,
  startPlanter,
  stranger,
  type Ground,
} from '../support/stranger.js';

describeWith('etcd', 'a rollcall of root', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });

  let ground: Ground;
  let config: string;
  beforeEach(async () => {
    ground = await makeGround();
    config = join(ground.root, 'rollcall.json');
  });

  const write = (more: object): Promise<void> =>
    writeFile(
      config,
      JSON.stringify({
        etcd: { endpoints: [etcd.endpoint] },
        stateDir: join(ground.root, 'state'),
        sources: [{ name: 'services', prefix: '/stranger/' }],
        ...more,
      }),
    );
  const targetOf = (...paths: string[]): object => ({
    targets: [{ name: 'web', files: paths.map((path) => ({ path, template: 'json' })) }],
  });
  const changed = ({ msg }: Line): boolean => msg === 'outputs changed';

  describeWithStranger('beside a stranger', () => {
    it('writes nothing outside while the links of its outputs are swapped, lives on, and is in step afterwards', async () => {
      await writeFile(join(ground.safe, 'out'), 'victim');
      await mkdir(join(ground.theirs, 'way'));
      const before = canaryOf(ground.safe);
      const outputs = [join(ground.theirs, 'out'), join(ground.theirs, 'way', 'out')];
      await write(targetOf(...outputs));
      const running = startRollcall(['run', '-c', config, '--log-level', 'error']);
      await until(() => outputs.every((path) => existsSync(path)), { what: 'the outputs', deadline: 20_000 });
      const planter =
        startPlanter(`chdir "${ground.theirs}"; symlink("${ground.safe}/out", "l"); rename("l", "out"); unlink("out");
        rename("way", "kept") or rename("way", "made$n"); symlink("${ground.safe}", "way"); unlink("way"); rename("kept", "way")`);
      let value = 0;
      await until(
        async () => {
          await putKey(etcd, '/stranger/web/1', { address: '127.0.0.1', port: 1000 + (value += 1) });
          return planter.rounds() >= 10_000 && value >= 100;
        },
        { what: 'the rounds', deadline: 40_000, every: 1 },
      );
      await planter.stop();
      for (const name of ['out', 'l']) await rm(join(ground.theirs, name), { force: true });
      await rm(join(ground.theirs, 'way'), { recursive: true, force: true });
      await mkdir(join(ground.theirs, 'way'));
      await putKey(etcd, '/stranger/web/1', { address: '127.0.0.1', port: 9 });
      for (const path of outputs)
        await until(async () => (await readFile(path, 'utf8')).includes('"port": 9'), { what: path, deadline: 20_000 });
      expect(canaryOf(ground.safe)).toEqual(before);
      expect((await running.end()).code).toBe(0);
    });

    it('does not start on a stateDir that the stranger could have filled', async () => {
      for (const stateDir of [
        join(ground.sticky, 'state'),
        join(ground.theirs, 'state'),
        join(ground.root, 'theirs'),
      ]) {
        await write({ ...targetOf(join(ground.root, 'out')), stateDir });
        const { code, stderr } = await rollcall(['run', '--once', '-c', config]);
        expect([code, stderr]).toEqual([1, expect.stringContaining('STATE_UNUSABLE') as string]);
        expect(stderr).toContain('cannot be below /tmp');
        const judged = await rollcall(['validate', '--offline', '-c', config]);
        expect(judged.code, judged.stderr).toBe(0);
        const here = await rollcall(['validate', '-c', config]);
        expect([here.code, here.stderr]).toEqual([
          1,
          expect.stringMatching(
            /stateDir: (others than root .* may write in|the directory .* belongs to user 65534)/,
          ) as string,
        ]);
      }
    });

    it('signals no process that the stranger’s link at a pid file names', async () => {
      await asStranger(`ln -s ${ground.root}/pid ${ground.theirs}/pid`);
      await writeFile(join(ground.root, 'pid'), `${process.pid}\n`);
      await write({
        targets: [
          {
            name: 'web',
            files: [{ path: join(ground.root, 'out'), template: 'json' }],
            reload: { signal: 'WINCH', pidFile: join(ground.theirs, 'pid') },
          },
        ],
      });
      const { code, stderr } = await rollcall(['run', '--once', '-c', config]);
      expect([code, stderr]).toEqual([1, expect.stringContaining('PID_UNTRUSTED') as string]);
    });

    it('runs no command of a config that the stranger wrote, and takes no template from where the stranger may write', async () => {
      const ran = join(ground.safe, 'ran');
      const theirs = join(ground.sticky, 'rollcall.yaml');
      const files = [{ path: join(ground.safe, 'out'), template: 'json' }];
      await asStranger(
        `cat > ${theirs} <<'END'\n${JSON.stringify({
          etcd: { endpoints: [etcd.endpoint] },
          stateDir: join(ground.root, 'state'),
          sources: [{ name: 'services', prefix: '/stranger/' }],
          targets: [{ name: 'web', files, check: { command: ['touch', ran] } }],
        })}\nEND`,
      );
      const planted = await rollcall(['run', '--once', '-c', theirs]);
      expect(planted.code).not.toBe(0);
      expect(planted.stderr).toMatch(/may write it \(user 65534, mode 0644\): make .* \(PATH_UNTRUSTED\)/);
      const open = join(ground.root, 'templates');
      await mkdir(open);
      await chmod(open, 0o777);
      await writeFile(join(open, 'web.hbs'), 'text');
      await write({ targets: [{ name: 'web', files: [{ ...files[0], template: join(open, 'web.hbs') }] }] });
      const replaceable = await rollcall(['run', '--once', '-c', config]);
      expect(replaceable.code).not.toBe(0);
      expect(replaceable.stderr).toContain('others than root may replace it');
      expect([existsSync(ran), existsSync(join(ground.safe, 'out'))]).toEqual([false, false]);
      await chmod(open, 0o755);
      expect((await rollcall(['run', '--once', '-c', config])).code).toBe(0);
    });

    it('runs as another user as well, on what root made for it', async () => {
      const home = join(ground.root, 'home');
      await mkdir(home, { mode: 0o700 });
      await chown(home, stranger, stranger);
      await mkdir(join(ground.root, 'conf'));
      await chmod(join(ground.root, 'conf'), 0o755);
      await chown(join(ground.root, 'conf'), stranger, stranger);
      await symlink('conf', join(ground.root, 'link'));
      await write({ ...targetOf(join(ground.root, 'link', 'out')), stateDir: join(home, 'state') });
      const { code, stderr, stdout } = await rollcall(['run', '--once', '-c', config], { uid: stranger });
      expect([code, stdout], stderr).toEqual([0, expect.stringContaining('1 created') as string]);
    });
  });

  it('says of an output of gigabytes that it is too long to show, or to keep while it is written in place', async () => {
    const path = join(ground.safe, 'huge');
    await writeFile(path, '');
    await truncate(path, 1_900_000_000);
    await write({ targets: [{ name: 'web', files: [{ path, template: 'json', inPlace: true }] }] });
    for (const [args, refusal] of [
      [['diff'], 'OUTPUT_UNREADABLE'],
      [['run', '--once'], 'OUTPUT_UNWRITABLE'],
    ] as const) {
      const { code, stderr } = await rollcall([...args, '-c', config]);
      expect(code, stderr).not.toBe(0);
      expect(stderr).toContain(refusal);
      expect(stderr).toContain('longer than 64 MiB');
      expect(stderr).not.toMatch(/^ +at /m);
    }
    expect((await stat(path)).size).toBe(1_900_000_000);
  });

  it('removes the file of a path that is changed while it runs, and leaves and names that of one changed meanwhile', async () => {
    const [first, second, third] = ['first', 'second', 'third'].map((name) => join(ground.root, name)) as [
      string,
      string,
      string,
    ];
    const fanned = (folder: string): object => ({
      targets: [{ name: 'web', files: [{ path: `${folder}/{{service.name}}`, template: 'json', forEach: 'service' }] }],
    });
    await putKey(etcd, '/stranger/web/1', { address: '127.0.0.1', port: 1 });
    await write(fanned(first));
    const running: Running = startRollcall(['run', '-c', config]);
    await running.line(changed, 'the first file');
    await write(fanned(second));
    running.send('SIGHUP');
    await until(() => existsSync(join(second, 'web')) && !existsSync(join(first, 'web')), {
      what: 'the second file alone',
      deadline: 20_000,
    });
    await running.end();
    await write(fanned(third));
    const { stderr } = await rollcall(['run', '--once', '-c', config]);
    expect([existsSync(join(second, 'web')), existsSync(join(third, 'web'))]).toEqual([true, true]);
    expect(stderr).toContain(`but its config does not produce them: ${join(second, 'web')}`);
  });
});
