import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../src/model/instance.js';
import { makeService } from '../render/views.js';
import { startTcpBackend, type Backend } from '../support/backend.js';
import { listenTo } from '../support/listen.js';
import { describeWithStream, startNginx, testNginx, type Nginx } from '../support/nginx.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';
import { make, services } from './views.js';

const text = readFileSync(join(import.meta.dirname, '../../templates/nginx-stream.hbs'), 'utf8');

type Vars = Readonly<Record<string, unknown>>;
const write = (list: readonly Service[], vars: Vars = {}): string =>
  make('nginx-stream', text, { services: list, vars }).text;

test('the example in its head comment is its output', () => {
  const web = makeService('web', [
    { address: '192.0.2.1' },
    { address: '192.0.2.2', weight: 5 },
    { address: '192.0.2.3', weight: 0 },
  ]);
  const example = write([web], { listen: { web: 80 } }).trimEnd().replace(/^/gm, '    ');
  expect(text).toContain(example);
});

describeWithStream('with a real nginx', () => {
  let nginx: Nginx;
  let backends: readonly Backend[] = [];
  const echo = createSocket('udp4');
  const ports = { live: 0, empty: 0, udp: 0 };

  beforeAll(async () => {
    backends = await Promise.all(['one', 'two', 'drained'].map(startTcpBackend));
    await new Promise<void>((resolve) => {
      echo.bind(0, '127.0.0.1', resolve);
    });
    echo.on('message', (message, from) => {
      echo.send(`echo ${message.toString()}`, from.port, from.address);
    });
    const [one = 0, two = 0, drained = 0] = backends.map(({ port }) => port);
    const local = { address: '127.0.0.1' };
    const list = [
      makeService('empty', [], true),
      makeService('live', [
        { ...local, port: one },
        { ...local, port: two, weight: 3 },
        { ...local, port: drained, status: 'draining' },
      ]),
      makeService('udp', [{ ...local, port: echo.address().port }]),
    ];
    [ports.empty, ports.udp] = [await freePort(), await freePort()];
    nginx = await startNginx({
      stream: (port) => {
        ports.live = port;
        const listen = { live: `127.0.0.1:${port}`, empty: `127.0.0.1:${ports.empty}`, udp: `127.0.0.1:${ports.udp} udp` };
        return write(list, { listen, zoneSize: '64k', prefix: 'rc_' });
      },
    });
  });
  afterAll(async () => {
    await nginx.stop();
    echo.close();
    await Promise.all(backends.map((backend) => backend.stop()));
  });

  test('connections follow the weights, and draining servers get none', async () => {
    const before: Record<string, number> = {};
    for (let count = 0; count < 40; count++) {
      const said = await listenTo(ports.live);
      before[said] = (before[said] ?? 0) + 1;
    }
    // The check whether nginx listens already used one connection.
    expect(Object.keys(before).sort()).toEqual(['one', 'two']);
    expect(Math.abs((before.two ?? 0) - 30)).toBeLessThanOrEqual(1);
  });

  test('for an expected service without instances, nginx closes the connection and connects to no server', async () => {
    expect(await listenTo(ports.empty)).toBe('');
    expect(await nginx.log()).toContain('no live upstreams while connecting to upstream');
    expect(await nginx.log()).not.toMatch(/connect\(\) failed/);
  });

  test('datagrams are forwarded in both directions', async () => {
    const client = createSocket('udp4');
    const heard: string[] = [];
    client.on('message', (message) => heard.push(message.toString()));
    await until(
      () => {
        client.send('hello', ports.udp, '127.0.0.1');
        return heard.length > 0;
      },
      { what: 'an echo' },
    );
    client.close();
    expect(heard[0]).toBe('echo hello');
  });

  test('a service may have a shared zone in the stream and the http context', async () => {
    const list = [makeService('web', [{}])];
    const upstreams = readFileSync(join(import.meta.dirname, '../../templates/nginx-upstreams.hbs'), 'utf8');
    const vars = { zoneSize: '64k' };
    const http = make('nginx-upstreams', upstreams, { services: list, vars }).text;
    expect(http).toContain('zone web 64k;');
    const verdict = await testNginx(http, write(list, vars));
    expect(verdict.accepted, verdict.output).toBe(true);
  });

  test('every view gives a valid file, with every var that does not need name resolution', async () => {
    const vars = { zoneSize: '1m', balance: 'least_conn', server: 'max_fails=3 fail_timeout=5s' };
    let port = 20_000;
    const conf = Object.entries(services).flatMap(([name, list]) => {
      // `proxy_pass` needs names that differ from paths and ports, so only such services get an entry in `listen`.
      const names = list.map((service) => service.name).filter((each) => /^[\w.-]+$/.test(each));
      const listen = Object.fromEntries(names.map((each) => [each, `127.0.0.1:${(port += 1)}`]));
      return [write(list, { prefix: `${name}.` }), write(list, { prefix: `${name}.all.`, listen, ...vars })];
    });
    const verdict = await testNginx('', conf.join(''));
    expect(verdict.accepted, verdict.output).toBe(true);
  });
});
