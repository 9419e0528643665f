import { readFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import type { Instance } from '../../src/model/instance.js';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';

const targets = [{ name: 't', files: [{ path: 'out.json', template: 'json' }] }];

describeWith('etcd', 'what a source reads', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
    const keys = {
      '/services/web/1': '10.0.0.1:80',
      '/services/webapp/1': '10.0.0.2:80',
      '/services2/web/1': '10.0.0.3:80',
      '/services/web/instances/1': '10.0.0.4:80',
      'server/001': '127.0.0.1:1212',
      'server/002': '127.0.0.1:1213',
      '/config/app/name': 'shop',
      '/config/app/': '',
      '/configuration/x': 'y',
      '/one': '10.0.0.9:80',
      '/one/more': '10.0.0.10:80',
      '/deep/prod/web/1': '10.1.0.1:80',
      '/deep/prod/api/1': '10.1.0.2:80',
    };
    for (const [key, value] of Object.entries(keys)) await putKey(etcd, key, value);
  });

  const look = async (source: object) => {
    const { file } = await createPlace(etcd, { sources: [{ name: 's', ...source }], targets });
    const { code, stdout, stderr } = await rollcall(['services', '-c', file, '-o', 'json', '--timeout', '60s']);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as { instances: Instance[]; rejected: { key: string; code: string }[] };
  };
  const found = async (source: object) =>
    (await look(source)).instances.map(({ service, id, address }) => `${service} ${id} ${address}`);

  it.each<[string, object, string[]]>([
    ['a directory, with its slash or without', { prefix: '/services' }, ['web 1 10.0.0.1', 'webapp 1 10.0.0.2']],
    ['a directory that ends inside a service', { prefix: '/services/web', service: 'web' }, ['web 1 10.0.0.1']],
    [
      'every key that begins with a text',
      { prefix: '/services*', key: '<_>/<service>/<id>' },
      ['web 1 10.0.0.1', 'web 1 10.0.0.3', 'webapp 1 10.0.0.2'],
    ],
    ['some services of a directory', { prefix: '/services/webap*' }, ['webapp 1 10.0.0.2']],
    ['one key', { prefix: '/one', exact: true, service: 'one' }, ['one one 10.0.0.9']],
    ['one key that is the service', { prefix: '/one', exact: true, key: '<service>' }, ['one one 10.0.0.9']],
    [
      'keys that name no service',
      { prefix: 'server/', service: 'server' },
      ['server 001 127.0.0.1', 'server 002 127.0.0.1'],
    ],
    ['a pattern of its own', { prefix: '/services/', key: '<service>/instances/<id>' }, ['web 1 10.0.0.4']],
  ])('%s', async (_, source, expected) => {
    expect(await found({ format: 'plain', ...source })).toEqual(expected);
  });

  it('rejects a key that does not fit the pattern, and names it', async () => {
    const { rejected } = await look({ prefix: '/services/', format: 'plain' });
    expect(rejected).toMatchObject([{ key: '/services/web/instances/1', code: 'key-mismatch' }]);
  });

  it('skips the marker of a directory in a raw source, and reads no other directory', async () => {
    const place = await createPlace(etcd, {
      sources: [{ name: 'settings', prefix: '/config', format: 'raw' }],
      targets: [{ name: 't', files: [{ path: 'app.env', template: 'dotenv' }] }],
    });
    const { code, stderr } = await rollcall(['run', '--once', '-c', place.file]);
    expect(code, stderr).toBe(0);
    const text = await readFile(place.at('app.env'), 'utf8');
    expect(text.split('\n').filter((line) => /^[A-Z]/.test(line))).toEqual(['APP_NAME=shop']);
  });

  it('follows exactly one key', async () => {
    await putKey(etcd, '/single', '10.2.0.1:80');
    const sources = [{ name: 's', prefix: '/single', exact: true, service: 'single', format: 'plain' }];
    const place = await createPlace(etcd, { sources, targets });
    const running = startRollcall(['run', '-c', place.file]);
    const addresses = async () => {
      const text = await readFile(place.at('out.json'), 'utf8').catch(() => '');
      return [...new Set(text.match(/10\.2\.0\.\d/g))];
    };
    await until(async () => (await addresses()).join() === '10.2.0.1');
    await putKey(etcd, '/single/more', '10.2.0.2:80');
    await putKey(etcd, '/single', '10.2.0.3:80');
    await until(async () => (await addresses()).join() === '10.2.0.3');
    await deleteKey(etcd, '/single');
    await until(async () => (await addresses()).length === 0);
    expect((await running.end()).code).toBe(0);
  });

  it.each([
    ['one segment', 'server/', 'none of the 2 keys fits', '`service: server`, or `key: <service>`'],
    ['a directory more', '/deep/', 'none of the 2 keys fits', '`key: prod/<service>/<id>`'],
  ])('validate, services and the log say what would fit: %s', async (_, prefix, counted, remedy) => {
    const sources = [{ name: 's', prefix, format: 'plain' }];
    const { file } = await createPlace(etcd, { sources, targets });
    const validated = await rollcall(['validate', '-c', file]);
    expect(validated.code).toBe(1);
    expect(validated.stderr).toContain(`rollcall.yaml:`);
    const listed = await rollcall(['services', '-c', file]);
    const ran = startRollcall(['run', '-c', file]);
    const line = await ran.line(({ msg }) => msg.includes(counted), 'the advice');
    await ran.end();
    for (const text of [validated.stderr, listed.stderr, line.msg]) {
      expect(text).toContain(counted);
      expect(text).toContain(remedy);
    }
    expect(ran.lines().filter(({ msg }) => msg.includes(counted))).toHaveLength(1);
  });

  it('validate warns when only some keys fit, and names a prefix that is itself a key', async () => {
    const validate = async (source: object) => {
      const { file } = await createPlace(etcd, { sources: [{ name: 's', format: 'plain', ...source }], targets });
      return rollcall(['validate', '-c', file]);
    };
    await putKey(etcd, '/mixed/web/1', '10.0.0.1:80');
    for (const id of [1, 2]) await putKey(etcd, `/mixed/web/x/${id}`, '10.0.0.2:80');
    const mixed = await validate({ prefix: '/mixed' });
    expect(mixed).toMatchObject({ code: 0, stderr: expect.stringMatching(/warning: .*2 of 3 keys/) as string });
    await putKey(etcd, '/solo', '10.0.0.1:80');
    const solo = await validate({ prefix: '/solo' });
    expect(solo.stderr).toContain('no key begins with /solo/');
    expect(solo.stderr).toContain('/solo is a key itself: write `exact: true` to read it.');
    expect(await validate({ prefix: '/solo', exact: true, service: 'solo' })).toMatchObject({ code: 0, stderr: '' });
  });

  it('validate reports nothing when every key fits', async () => {
    const sources = [{ name: 's', prefix: '/services', format: 'plain' }];
    const { file } = await createPlace(etcd, { sources, targets });
    expect(await rollcall(['validate', '-c', file])).toMatchObject({ code: 0, stderr: '' });
  });
});
