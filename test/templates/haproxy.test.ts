import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../src/model/instance.js';
import { sample } from '../render/hostile.js';
import { makeService } from '../render/views.js';
import { startBackend, type Backend } from '../support/backend.js';
import { describeWith } from '../support/binaries.js';
import { startHaproxy, testHaproxy, type Haproxy } from '../support/haproxy.js';
import { tempDir } from '../support/temp.js';
import { make, services } from './views.js';

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../../templates', `${name}.hbs`), 'utf8');
const texts = { backends: read('haproxy-backends'), map: read('haproxy-map') };

type Vars = Readonly<Record<string, unknown>>;
const backendsOf = (list: readonly Service[], vars: Vars = {}): string =>
  make('haproxy-backends', texts.backends, { services: list, vars }).text;
const mapOf = (list: readonly Service[], vars: Vars = {}): string =>
  make('haproxy-map', texts.map, { services: list, vars }).text;

/** Lines of servers by the instance's `address:port`. */
function serversOf(list: readonly Service[]): Map<string, string> {
  const lines = backendsOf(list).split('\n').filter((line) => line.startsWith('    server '));
  return new Map(lines.map((line) => [line.split(/ +/)[3] ?? '', line.split(/ +/)[2] ?? '']));
}

test('the name of a server is unique and does not depend on other servers', () => {
  const place = fc.record({ address: fc.constantFrom('192.0.2.1', '192.0.2.11', 'a.example.com'), port: fc.integer({ min: 1, max: 65535 }) });
  const places = fc.uniqueArray(place, { selector: ({ address, port }) => `${address}:${port}`, maxLength: 12 });
  fc.assert(
    fc.property(places, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (all, kept) => {
      const before = serversOf([makeService('web', all)]);
      const after = serversOf([makeService('web', all.filter((_, index) => kept[index]))]);
      expect(new Set(before.values()).size).toBe(all.length);
      for (const [at, name] of after) expect(name).toBe(before.get(at));
    }),
  );
});

test.each(['haproxy-backends', 'haproxy-map'])('the example in the head comment of %s is its output', (name) => {
  const head = read(name).slice(0, read(name).indexOf('--}}'));
  const web = makeService('web', [
    { address: '192.0.2.1', metadata: { host: 'www.example.org' } },
    { address: '192.0.2.2', status: 'draining' },
    { address: '2001:db8::1', host: '[2001:db8::1]', weight: 5, family: 'ipv6' },
    { address: 'web.example.com', family: 'name' },
  ]);
  const written = name === 'haproxy-map' ? mapOf([makeService('api', [{}]), web], { domain: 'example.com', metadata: 'host' }) : backendsOf([web]);
  expect(head).toContain(written.trimEnd().replace(/^/gm, '    '));
});

describeWith('haproxy', 'with a real HAProxy', () => {
  let haproxy: Haproxy;
  let backends: readonly Backend[] = [];

  beforeAll(async () => {
    backends = await Promise.all(['one', 'two', 'drained', 'named'].map(startBackend));
    const [one = 0, two = 0, drained = 0, named = 0] = backends.map(({ port }) => port);
    const local = { address: '127.0.0.1' };
    const list = [
      makeService('empty', [], true),
      makeService('live', [
        { ...local, port: one, weight: 300, metadata: { host: 'www.example.org, Shop.example.org' } },
        { ...local, port: two, weight: 900, metadata: { host: 'shop.example.org' }, tags: ['host=tag.example.org'] },
        { ...local, port: drained, status: 'draining' },
      ]),
      makeService('named', [
        { address: 'absent.invalid', family: 'name', port: 1 },
        { address: 'localhost', family: 'name', port: named },
      ]),
      makeService('sick', [{ status: 'critical' }], true),
      makeService('Upper', [{ ...local, port: one, metadata: { host: 'named.example.com, www.example.org' } }], true),
    ];
    const maps = join(await tempDir(), 'hosts.map');
    await writeFile(maps, mapOf(list, { prefix: 'rc_', domain: 'example.com', metadata: 'host', tag: 'host=' }));
    haproxy = await startHaproxy({
      conf: (port) => `frontend front
  bind 127.0.0.1:${port}
  use_backend %[req.hdr(host),field(1,:),lower,map(${maps},fallback)]
backend fallback
  http-request return status 421
resolvers dns
  nameserver none 127.0.0.1:9
${backendsOf(list, { prefix: 'rc_', check: '/health', defaultServer: 'inter 1s', resolvers: '' })}`,
    });
  });
  afterAll(async () => {
    await haproxy.stop();
    await Promise.all(backends.map((backend) => backend.stop()));
  });

  const ask = (host: string, port = haproxy.port): Promise<string> =>
    new Promise((resolve, reject) => {
      const sent = request({ port, headers: { host }, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => {
          resolve(response.statusCode === 200 ? body : String(response.statusCode));
        });
      });
      sent.on('error', reject).end();
    });

  test('traffic follows the scaled weights, and draining servers get none', async () => {
    const answers: Record<string, number> = {};
    for (let count = 0; count < 40; count++) {
      const answer = await ask('live.example.com');
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
    // 85 and 256 of 341.
    expect(Object.keys(answers).sort()).toEqual(['one', 'two']);
    expect(Math.abs((answers.two ?? 0) - 30)).toBeLessThanOrEqual(1);
  });

  test.each(['empty', 'sick'])('an expected service that is %s answers 503', async (name) => {
    expect(await ask(`${name}.example.com`)).toBe('503');
  });

  test('a host name that does not resolve is down, and one that does is served', async () => {
    expect(haproxy.log()).toContain("could not resolve address 'absent.invalid', disabling server");
    for (let count = 0; count < 4; count++) expect(await ask('named.example.com')).toBe('named');
  });

  test('the map finds a backend in any case and with a port, and no backend for an unknown name', async () => {
    expect(await ask('LIVE.example.COM:8080')).toMatch(/one|two/);
    expect(await ask('live.example.net')).toBe('421');
    expect(await ask('UPPER.example.com')).toBe('one');
  });

  test('the map finds a backend by host names of metadata and tags', async () => {
    expect(await ask('shop.example.org')).toMatch(/one|two/);
    expect(await ask('tag.example.org:80')).toMatch(/one|two/);
  });

  test('a host name that several services claim leads to its holder', async () => {
    // `Upper` is expected and has one server. No other service gets a service's own name.
    expect(new Set(await Promise.all([1, 2, 3, 4].map(() => ask('www.example.org'))))).toEqual(new Set(['one']));
    expect(await ask('named.example.com')).toBe('named');
  });

  test('odd host names reach their service, by the lines of the head comment', async () => {
    const [odd = 0, other = 0] = backends.map(({ port }) => port);
    const local = { address: '127.0.0.1' };
    const hosts = '*.example.org ported.example.com:8080 under_score.example.com bücher.example DOT.example.com. a..b *';
    const list = [
      makeService('odd', [{ ...local, port: odd, metadata: { host: `${hosts} ${'a'.repeat(63)}.example` } }]),
      makeService('other', [{ ...local, port: other, metadata: { host: 'www.example.org' } }]),
    ];
    const maps = join(await tempDir(), 'hosts.map');
    await writeFile(maps, mapOf(list, { metadata: 'host' }));
    const head = texts.map.slice(0, texts.map.indexOf('--}}'));
    const lines = /by a second lookup.*?\n\n([\s\S]*?)\n\n/.exec(head)?.[1] ?? '';
    const proxy = await startHaproxy({
      conf: (port) => `frontend front
  bind 127.0.0.1:${port}
${lines.replaceAll('/etc/haproxy/maps/hosts.map', maps)}
backend fallback
  http-request return status 421
${backendsOf(list)}`,
    });
    try {
      const answers: Record<string, string> = {
        'odd': 'one',
        'sub.example.org': 'one',
        'sub.example.org:81': 'one',
        'www.example.org': 'two',
        'deep.sub.example.org': '421',
        'example.org': '421',
        'ported.example.com': 'one',
        'ported.example.com:9': 'one',
        'under_score.example.com': 'one',
        'xn--bcher-kva.example': 'one',
        'dot.example.com.': 'one',
        [`${'a'.repeat(63)}.example`]: 'one',
        'other.example': '421',
      };
      for (const [host, answer] of Object.entries(answers)) expect(await ask(host, proxy.port), host).toBe(answer);
    } finally {
      await proxy.stop();
    }
  });

  test('every view gives a valid file, with every var', async () => {
    const vars = { mode: 'http', balance: 'leastconn', check: '/h?x=1', defaultServer: 'inter 2s maxconn 9', resolvers: 'dns' };
    const conf = Object.entries(services).flatMap(([name, list]) => [
      backendsOf(list, { prefix: `${name}:` }),
      backendsOf(list, { prefix: `${name}.all.`, ...vars }),
      backendsOf(list, { prefix: `${name}.tcp.`, mode: 'tcp', check: 'tcp' }),
    ]);
    const verdict = await testHaproxy(`resolvers dns\n  nameserver none 127.0.0.1:9\n${conf.join('')}`);
    expect(verdict.accepted, verdict.output).toBe(true);
    expect(verdict.output.match(/ALERT.*/g)).toBeNull();
  });

  test('services of any name are either rejected or written to a valid file', async () => {
    const list = sample(200).map((name) => makeService(name, [{}]));
    const { text, quarantined } = make('haproxy-backends', texts.backends, { services: list });
    expect(quarantined.length).toBeGreaterThan(10);
    expect(list.length - quarantined.length).toBeGreaterThan(10);
    const verdict = await testHaproxy(text);
    expect(verdict.accepted, verdict.output).toBe(true);
  });
});
