import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileTemplate } from '../../src/render/template.js';
import type { Service } from '../../src/model/instance.js';
import { sample } from '../render/hostile.js';
import { makeService, makeView } from '../render/views.js';
import { describeWith } from '../support/binaries.js';
import { startNginx, testNginx } from '../support/nginx.js';
import type { Nginx } from '../support/nginx.js';

const text = readFileSync(join(import.meta.dirname, '../../templates/nginx-upstreams.hbs'), 'utf8');

function write(services: readonly Service[], vars: Record<string, unknown> = {}): string {
  const template = compileTemplate({ name: 'nginx-upstreams', text, scope: 'root', known: { env: [], vars } });
  const { text: out, rejected } = template.render(makeView({ services, vars }));
  expect(rejected).toEqual([]);
  return out;
}

const web = makeService('web', [
  { address: '192.0.2.1' },
  { address: '192.0.2.2', weight: 5 },
  { address: '192.0.2.3', status: 'draining' },
  { address: '192.0.2.4', weight: 0 },
  { address: '192.0.2.5', status: 'critical' },
  { address: '2001:db8::1', host: '[2001:db8::1]', family: 'ipv6' },
  { address: 'web.example.com', family: 'name' },
]);
const gone = [makeService('empty', [], true), makeService('sick', [{ status: 'critical' }], true)];
const unknown = [makeService('nothing'), makeService('ill', [{ status: 'critical' }]), makeService('named', [{ address: 'a.example.com', family: 'name' }])];

test('writes draining and weights, and leaves out critical instances and host names', () => {
  expect(write([web])).toBe(`upstream web {
    server 192.0.2.1:8080;
    server 192.0.2.2:8080 weight=5;
    server 192.0.2.3:8080 down;
    server 192.0.2.4:8080 down;
    server [2001:db8::1]:8080;
}
`);
});

test('keeps an expected service, and no other, without instances', () => {
  const down = '    server 255.255.255.255:1 down;\n';
  expect(write([...gone, ...unknown])).toBe(`upstream empty {\n${down}}\nupstream sick {\n${down}}\n`);
  expect(write([])).toBe('');
});

test('keeps one of the services whose names differ only in case: the holder of the name', () => {
  const template = compileTemplate({ name: 'nginx-upstreams', text, scope: 'root' });
  const rejectedOf = (...services: Service[]) =>
    template.render(makeView({ services, vars: {} })).rejected.map(({ service }) => service);
  const here = [{ address: '192.0.2.1' }];
  expect(rejectedOf(makeService('WEB', here), makeService('Web', here), makeService('web', here))).toEqual(['WEB', 'Web']);
  expect(rejectedOf(makeService('WEB', here), makeService('Web', here))).toEqual(['Web']);
  expect(rejectedOf(makeService('Web', here, true), makeService('web', here))).toEqual(['web']);
  expect(rejectedOf(makeService('api', here), makeService('web', here))).toEqual([]);
});

test('takes names, a prefix, a zone and keepalive from its vars', () => {
  const vars = { allowNames: true, prefix: 'rc_', zoneSize: '64k', keepalive: 8 };
  expect(write([makeService('named', [{ address: 'a.example.com', family: 'name' }])], vars)).toBe(`upstream rc_named {
    zone rc_named 64k;
    server a.example.com:8080;
    keepalive 8;
}
`);
});

test('the example in its head comment is its output', () => {
  const services = [makeService('web', [{ address: '192.0.2.1' }, { address: '192.0.2.2', weight: 5 }, { address: '192.0.2.3', weight: 0 }])];
  const example = write(services).trimEnd().replace(/^/gm, '    ');
  expect(text).toContain(example);
});

describeWith('nginx', 'with a real nginx', () => {
  let nginx: Nginx;
  let backends: readonly Server[];

  beforeAll(async () => {
    backends = await Promise.all(
      ['one', 'two', 'drained'].map(
        (name) =>
          new Promise<Server>((resolve) => {
            const server = createServer((_request, response) => response.end(name));
            server.listen(0, '127.0.0.1', () => {
              resolve(server);
            });
          }),
      ),
    );
    const [one = 0, two = 0, drained = 0] = backends.map((server) => (server.address() as AddressInfo).port);
    const local = { address: '127.0.0.1' };
    const live = makeService('live', [{ ...local, port: one }, { ...local, port: two, weight: 3 }, { ...local, port: drained, status: 'draining' }]);
    const upstreams = write([...gone, live], { zoneSize: '64k', keepalive: 4 });
    nginx = await startNginx({
      conf: (port) => `${upstreams} server { listen 127.0.0.1:${port};
        location /live { proxy_pass http://live; } location /empty { proxy_pass http://empty; } location /sick { proxy_pass http://sick; } }`,
    });
  });
  afterAll(async () => {
    await nginx.stop();
    for (const server of backends) {
      server.closeAllConnections();
      server.close();
    }
  });

  test('traffic follows the weights, and draining servers get none', async () => {
    const answers: Record<string, number> = {};
    for (let count = 0; count < 40; count++) {
      const answer = await (await fetch(`http://127.0.0.1:${nginx.port}/live`)).text();
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
    expect(answers).toEqual({ one: 10, two: 30 });
  });

  test.each(['empty', 'sick'])('%s answers 502, and nginx connects to no server', async (name) => {
    expect((await fetch(`http://127.0.0.1:${nginx.port}/${name}`)).status).toBe(502);
    expect(await nginx.log()).toContain(`no live upstreams while connecting to upstream`);
    expect(await nginx.log()).not.toMatch(/connect\(\) failed/);
  });

  test('services of any name are either rejected or written to a valid file', async () => {
    const services = sample(200).filter(Boolean).map((name) => makeService(name, [{}]));
    const distinct = services.filter(({ name }, index) => services.findIndex((other) => other.name.toLowerCase() === name.toLowerCase()) === index);
    const template = compileTemplate({ name: 'nginx-upstreams', text, scope: 'root' });
    const bad = new Set(template.render(makeView({ services: distinct })).rejected.map(({ service }) => service));
    const good = distinct.filter(({ name }) => !bad.has(name));
    expect(good.length).toBeGreaterThan(10);
    expect(bad.size).toBeGreaterThan(10);
    const verdict = await testNginx(template.render(makeView({ services: good })).text);
    expect(verdict.accepted, verdict.output).toBe(true);
  });
});
