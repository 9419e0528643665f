import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Running } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { describeWithDisk, mountDisk, type Disk } from '../support/disk.js';
import { startEtcd } from '../support/etcd.js';
import { putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { allWell, askAll } from './observer.js';

/** Milliseconds from room on the disk to the whole change: at most 5 s until the next attempt, and the attempt itself. */
const soon = 8000;

const target = (name: string): object => ({
  name,
  files: [{ path: 'out/list', template: './list.hbs', dialect: 'none' }],
  reload: { command: ['true'], minInterval: '1ms' },
});

describeWith('etcd', 'while a disk is full', () => {
  describeWithDisk('of its own', () => {
    let disk: Disk;
    let rollcall: Running;

    afterEach(async () => {
      await rollcall.end();
      disk.unmount();
    });

    async function begin(mounted: 'out' | 'state') {
      const etcd = await startEtcd();
      await putKey(etcd, '/services/web/1', '192.0.2.1:8001');
      const sources = [{ name: 'services', prefix: '/services/', format: 'plain' }];
      const place = await createPlace(etcd, { sources, targets: [target('a')] });
      await writeFile(place.at('list.hbs'), '{{#each services}}{{#each instances}}{{port}}\n{{/each}}{{/each}}');
      disk = mountDisk(place.at(mounted), mounted === 'state' ? '0700' : '0755');
      await mkdir(place.at('out'), { recursive: true });
      rollcall = startRollcall(['run', '-c', place.file, '--log-level', 'debug']);
      await rollcall.line(({ msg }) => msg === 'outputs changed and reloaded', 'the first change');
      const edit = (name: string) => place.write({ sources, targets: [target(name)] });
      const holds = async (port: string) => (await readFile(place.at('out', 'list'), 'utf8')).includes(port);
      const says = () => askAll(place.at('state', 'admin.sock'));
      return { etcd, edit, holds, says };
    }

    const errors = () => rollcall.lines().filter(({ level }) => level === 'error');

    it.each(['out', 'state'] as const)(
      'a change is made soon after there is room in %s, and logged as one failure',
      async (mounted) => {
        const { etcd, holds, says } = await begin(mounted);
        await disk.fill();
        await putKey(etcd, '/services/web/2', '192.0.2.1:8002');
        await until(() => rollcall.lines().filter(({ msg }) => msg === 'failed (again)').length >= 3, {
          what: 'three more attempts',
        });
        expect(errors()).toMatchObject([{ msg: 'failed', error: expect.stringContaining('ENOSPC') as string }]);
        expect(await says()).toMatchObject({ inStep: false, metric: '0' });
        await disk.empty();
        await until(() => holds('8002'), { what: 'the change', deadline: soon });
        const ended = await rollcall.line(({ msg }) => msg.startsWith('works again after '), 'the end of the failures');
        expect(ended).toMatchObject({ level: 'info', target: 'a', failures: expect.any(Number) as number });
        await until(async () => isDeepStrictEqual(await says(), allWell), { what: 'a word that all is well' });
        const changed = rollcall.lines().findLast(({ msg }) => msg === 'outputs changed and reloaded');
        expect(changed).toMatchObject({ came: ['web/2 192.0.2.1:8002'] });
        expect(errors()).toHaveLength(1);
      },
    );

    it('a config that was edited meanwhile is in force soon after there is room, without another edit', async () => {
      const { etcd, edit, holds } = await begin('state');
      await disk.fill();
      await edit('b');
      const why = await rollcall.line(({ msg }) => msg.startsWith('the new config cannot be applied'), 'the failure');
      expect(why).toMatchObject({ level: 'error', error: expect.stringContaining('ENOSPC') as string });
      await disk.empty();
      const from = rollcall.lines().length;
      const began = performance.now();
      await rollcall.line(({ msg }) => msg === 'the new config is in force', 'the new config', from);
      expect(performance.now() - began).toBeLessThan(soon);
      await putKey(etcd, '/services/web/2', '192.0.2.1:8002');
      await until(() => holds('8002'), { what: 'a change by the new config' });
      expect(rollcall.lines().findLast(({ target: name }) => name !== undefined)).toMatchObject({ target: 'b' });
    });

    it('a newer config replaces one that waits for room', async () => {
      const { edit } = await begin('state');
      await disk.fill();
      await edit('b');
      await rollcall.line(({ msg }) => msg.startsWith('the new config cannot be applied'), 'the failure');
      await edit('a');
      await rollcall.line(
        ({ msg, targets }) => msg === 'the new config is in force' && String(targets) === 'a',
        'the newer config',
      );
      await disk.empty();
      expect((await rollcall.end()).code).toBe(0);
      expect(
        rollcall.lines().filter(({ msg, targets }) => msg === 'the new config is in force' && String(targets) === 'b'),
      ).toEqual([]);
    });
  });
});
