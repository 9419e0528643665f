import { createServer } from 'node:http';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/binaries.js';
import { rollcall, startRollcall, type Ended } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { enableAuth, login, startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';
import { tempDir } from '../support/temp.js';

// Every secret contains this word, and no other text does.
const canary = /canary/i;
const password = 'canary-password';
const secrets = {
  ETCDCTL_USER: 'root',
  ETCDCTL_PASSWORD: password,
};

/** Records the environment and the arguments of a command. */
const tell = (file: string): string[] => ['sh', '-c', `{ cat /proc/$$/environ /proc/$$/cmdline; echo; } >> ${file}`];

describe('no secret of rollcall', () => {
  needs('etcd');
  let etcd: EtcdServer;
  let consumer: { url: string; answers: number };
  const server = createServer((request, response) => {
    // As a debugging page does.
    response.writeHead(consumer.answers).end(`${request.url ?? ''} ${JSON.stringify(request.rawHeaders)}`);
  });

  beforeAll(async () => {
    etcd = await startEtcd();
    await enableAuth(etcd, password);
    const token = await login(etcd, 'root', password);
    const put = (key: string, value: string) =>
      etcd.api(
        'kv/put',
        { key: Buffer.from(key).toString('base64'), value: Buffer.from(value).toString('base64') },
        token,
      );
    await put('/services/web/1', '10.0.0.1:80');
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    consumer = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/reload`, answers: 500 };
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** A config whose commands record their environment and arguments, and whose reload gets secrets. */
  async function placeWith(more: object = {}): Promise<Place> {
    const place = await createPlace(etcd, {});
    await writeFile(place.at('token'), 'Bearer canary-header-file\n');
    const base = { sources: ['services'] };
    const headers = { Authorization: { file: 'token' }, 'X-Token': 'canary-header' };
    await place.write({
      sources: [{ name: 'services', prefix: '/services/' }],
      env: ['PUBLIC'],
      targets: [
        {
          ...base,
          name: 'commands',
          files: [{ path: place.at('a.json'), template: 'json' }],
          check: tell(place.at('check.told')),
          reload: { command: tell(place.at('reload.told')) },
          confirm: { command: tell(place.at('confirm.told')) },
        },
        {
          ...base,
          name: 'http',
          files: [{ path: place.at('b.json'), template: 'json' }],
          reload: { http: { url: `${consumer.url}?token=canary-query`, headers } },
        },
      ],
      ...more,
    });
    return place;
  }

  const all = ({ stdout, stderr }: Ended): string => stdout + stderr;
  const env = { ...secrets, PUBLIC: 'for-all', OTHER: 'canary-other' };

  it('is in the output, the files or the processes of its commands, at any log level', async () => {
    const place = await placeWith();
    const args = ['-c', place.file];
    const ended = [
      await rollcall(['validate', ...args], { env }),
      await rollcall(['render', 'json', ...args], { env }),
      await rollcall(['diff', ...args], { env }),
      await rollcall(['services', '-o', 'wide', ...args], { env }),
      await rollcall(['services', '-o', 'json', ...args], { env }),
      await rollcall(['run', '--once', '--log-level', 'debug', '--timeout', '5s', ...args], { env }),
    ];
    const told = ['check', 'reload', 'confirm'].map((name) => readFile(place.at(`${name}.told`), 'latin1'));
    for (const text of await Promise.all(told)) {
      expect(text).toContain('PUBLIC=for-all');
      expect(text).toContain('ROLLCALL_TARGET=commands');
      expect(text).not.toMatch(/ETCDCTL_|canary/i);
    }
    expect(ended.map(all).join('\n')).toContain('answered 500');
    for (const output of ended.map(all)) expect(output).not.toMatch(canary);
    const written = await textsBelow(place.dir, ['token', 'rollcall.yaml']);
    expect(written.size).toBeGreaterThan(3);
    for (const [file, text] of written) expect(text, file).not.toMatch(canary);
  });

  it.each([
    [
      'a wrong password',
      { ETCDCTL_USER: 'root', ETCDCTL_PASSWORD: 'canary-wrong' },
      {},
      /refuses the user or the password/,
    ],
    ['a wrong password behind the user', { ETCDCTL_USER: 'root:canary-wrong' }, {}, /refuses the user or the password/],
    ['a user without a password', { ETCDCTL_USER: 'canary-user' }, {}, /has no password/],
    ['a password without a user', { ETCDCTL_PASSWORD: 'canary-alone' }, {}, /is set, but ETCDCTL_USER is not/],
    [
      'a password in an endpoint',
      { ...secrets, ETCDCTL_ENDPOINTS: 'http://root:canary-url@127.0.0.1:1' },
      { etcd: {} },
      /put the user and the password into `auth`/,
    ],
    [
      'a password in an endpoint of the config',
      {},
      { etcd: { endpoints: ['http://root:canary-url@127.0.0.1:1'] } },
      /put the user and the password into `auth`/,
    ],
    [
      'a password file that is not text',
      {},
      { etcd: { auth: { username: 'root', passwordFile: 'token' } } },
      /refuses the user or the password|does not answer/,
    ],
    [
      'a misspelt block',
      {},
      { etcd: { auth: { username: 'root', pasword: 'canary-misspelt' } } },
      /unknown key|needs either/,
    ],
    [
      'a header that cannot be sent',
      secrets,
      {
        targets: [
          {
            name: 'http',
            files: [{ path: '/nonexistent/a', template: 'json' }],
            reload: { http: { url: 'http://127.0.0.1:1/', headers: { Authorization: 'canary\nheader', X: 7 } } },
          },
        ],
      },
      /headers/,
    ],
  ])('is in an error about %s', async (_title, given, config, says) => {
    const place = await placeWith(config);
    for (const command of [['validate'], ['run', '--once', '--log-level', 'debug'], ['diff'], ['services']]) {
      const ended = await rollcall([...command, '--timeout', '1s', '-c', place.file], { env: given });
      expect(ended.code).not.toBe(0);
      expect(all(ended)).toMatch(says);
      expect(all(ended)).not.toMatch(canary);
    }
  });

  it('reaches a supervised command or its health check', async () => {
    const dir = await tempDir();
    const at = (name: string): string => join(dir, name);
    const port = await freePort();
    const check = `sh -c '{ cat /proc/$$/environ /proc/$$/cmdline; } >> ${at('check')}'`;
    const running = startRollcall(
      [
        'register',
        'web',
        `127.0.0.1:${port}`,
        '--log-level',
        'debug',
        '--check',
        check,
        '--',
        'sh',
        '-c',
        `cat /proc/$$/environ /proc/$$/cmdline > ${at('child')}; exec sleep 300`,
      ],
      { env: { ...secrets, ETCDCTL_ENDPOINTS: etcd.endpoint, MINE: 'of-the-service' } },
    );
    const read = (name: string): Promise<string> => readFile(at(name), 'latin1').catch(() => '');
    await until(async () => (await read('check')) !== '' && (await read('child')) !== '', { deadline: 30_000 });
    await until(() => running.stderr().includes('/services/web/'), { deadline: 30_000 });
    // Any user of the machine can read this.
    expect(await readFile(`/proc/${running.pid}/cmdline`, 'latin1')).not.toMatch(canary);
    const ended = await running.end();
    for (const name of ['check', 'child']) {
      expect(await read(name)).toContain('MINE=of-the-service');
      expect(await read(name)).not.toMatch(/ETCDCTL_|canary/i);
    }
    expect(all(ended)).toContain('/services/web/');
    expect(all(ended)).not.toMatch(canary);
  });

  it('is shown in the address of a health check', async () => {
    const running = startRollcall(
      [
        'register',
        'web',
        '127.0.0.1:9',
        '--log-level',
        'debug',
        '--check',
        `${consumer.url}?token=canary-check`,
        '--fall',
        '1',
      ],
      { env: { ...secrets, ETCDCTL_ENDPOINTS: etcd.endpoint } },
    );
    await running.line(({ msg }) => msg.includes('answered 500'), 'a bad check');
    expect(all(await running.end())).not.toMatch(canary);
  });
});

/** Every file below a directory, except these. */
async function textsBelow(dir: string, but: readonly string[]): Promise<Map<string, string>> {
  const found = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile() && !but.includes(entry.name));
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path, 'latin1')] as const)));
}
