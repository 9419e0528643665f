import { readFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';

const targets = [{ name: 'web', files: [{ path: 'web.json', template: 'json' }] }];
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describeWith('etcd', 'registrations without a lease', () => {
  let etcd: EtcdServer;
  let lease: string;
  beforeAll(async () => {
    etcd = await startEtcd();
    lease = String((await etcd.api('lease/grant', { TTL: '3600' })).ID);
  });
  const putLeased = (key: string, value: string): Promise<unknown> =>
    etcd.api('kv/put', { key: base64(key), value: base64(value), lease });

  it('are warned of once, marked by `services`, and reported gone when the last one is', async () => {
    await putKey(etcd, '/a/web/1', '192.0.2.1:80');
    await putLeased('/a/web/2', '192.0.2.2:80');
    await putKey(etcd, '/settings/a', 'text');
    const place = await createPlace(etcd, {
      sources: [
        { name: 'services', prefix: '/a/', format: 'plain' },
        { name: 'settings', prefix: '/settings/', format: 'raw' },
      ],
      targets,
    });
    const running = startRollcall(['run', '-c', place.file]);
    const warning = await running.line(({ leaseless }) => leaseless !== undefined, 'the warning');
    expect(warning).toMatchObject({ level: 'warn', source: 'services', leaseless: 1, examples: ['/a/web/1'] });
    await putKey(etcd, '/a/web/3', '192.0.2.3:80');

    const json = await rollcall(['services', '-c', place.file, '-o', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      sources: [
        { source: 'services', leaseless: 2 },
        { source: 'settings', leaseless: 0 },
      ],
      instances: [
        { id: '1', lease: false },
        { id: '2', lease: true },
        { id: '3', lease: false },
      ],
    });
    const wide = await rollcall(['services', '-c', place.file, '-o', 'wide']);
    expect(wide.stdout).toMatch(/\/a\/web\/1 +none\n.*\/a\/web\/2 +yes\n.*\/a\/web\/3 +none\n/);
    expect(wide.stderr).toContain('2 registrations have no lease and stay when their registrants die\n');

    await deleteKey(etcd, '/a/web/3');
    await putLeased('/a/web/1', '192.0.2.1:80');
    await running.line(
      ({ msg }) => msg === 'no accepted registration is without a lease now',
      'the end of the warning',
    );
    expect(running.lines().filter(({ leaseless }) => leaseless !== undefined)).toHaveLength(1);
    expect(running.lines().filter(({ source, level }) => source === 'settings' && level === 'warn')).toEqual([]);
    expect(await running.end()).toMatchObject({ code: 0 });
  });

  it('are rejected by `requireLease: true`, until their key has a lease', async () => {
    await putKey(etcd, '/b/web/1', '192.0.2.1:80');
    await putLeased('/b/web/2', '192.0.2.2:80');
    const place = await createPlace(etcd, {
      sources: [{ name: 'services', prefix: '/b/', format: 'plain', requireLease: true }],
      targets,
    });
    const read = (): Promise<string> => readFile(place.at('web.json'), 'utf8').catch(() => '');
    const running = startRollcall(['run', '-c', place.file]);
    await until(async () => (await read()).includes('192.0.2.2'), { what: 'the leased instance' });
    expect(await read()).not.toContain('192.0.2.1"');
    expect(await running.line(({ code }) => code === 'no-lease', 'the rejection')).toMatchObject({
      key: '/b/web/1',
      reason: 'the key has no lease, so it would stay when its registrant dies; the source sets `requireLease`',
    });
    await putLeased('/b/web/1', '192.0.2.1:80');
    await until(async () => (await read()).includes('192.0.2.1"'), { what: 'the instance with its new lease' });
    expect(await running.end()).toMatchObject({ code: 0 });
  });

  it('has no effect on a raw source: the config says so', async () => {
    const place = await createPlace(etcd, {
      sources: [{ name: 'settings', prefix: '/settings/', format: 'raw', requireLease: true }],
      targets,
    });
    const { code, stderr } = await rollcall(['validate', '--offline', '-c', place.file]);
    expect(code).toBe(2);
    expect(stderr).toContain('sources[0].requireLease: has no effect with the format raw');
  });
});
