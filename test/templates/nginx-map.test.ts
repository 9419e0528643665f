import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../src/model/instance.js';
import { sample } from '../render/hostile.js';
import { makeService } from '../render/views.js';
import { startBackend, type Backend } from '../support/backend.js';
import { describeWith } from '../support/binaries.js';
import { startNginx, testNginx, type Nginx } from '../support/nginx.js';
import { make, services } from './views.js';

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../../templates', `${name}.hbs`), 'utf8');
const texts = { upstreams: read('nginx-upstreams'), map: read('nginx-map') };

type Vars = Readonly<Record<string, unknown>>;
const common = { prefix: 'rc_', metadata: 'host', tag: 'host=' };
const upstreamsOf = (list: readonly Service[], vars: Vars = {}): string =>
  make('nginx-upstreams', texts.upstreams, { services: list, vars: { ...common, ...vars } }).text;
const mapOf = (list: readonly Service[], vars: Vars = {}): string =>
  make('nginx-map', texts.map, { services: list, vars: { ...common, ...vars } }).text;

/** The service of each key. */
const keysOf = (map: string): string[] => [...map.matchAll(/^ {4}"\\\\(\S*)" /gm)].map(([, key = '']) => key);

test('the example in the head comment is its output', () => {
  const head = texts.map.slice(0, texts.map.indexOf('--}}'));
  const web = makeService('web', [{ metadata: { host: '*.example.org' } }]);
  const written = mapOf([makeService('api', [{}]), web], { domain: 'example.com', tag: '' });
  expect(head).toContain(written.trimEnd().replace(/^/gm, '    '));
});

test('no key stands twice, whatever services claim', () => {
  const name = fc.constantFrom('web', 'WEB', 'bücher', 'xn--bcher-kva', 'a.b', 'default', 'b');
  const host = fc.constantFrom('web', 'Web.:80', 'bücher', 'xn--bcher-kva', '*.b', '*.B.', 'a.b', 'x', 'X:1', 'default', '-');
  const service = fc.record({ name, hosts: fc.array(fc.array(host), { minLength: 1 }), expected: fc.boolean() });
  fc.assert(
    fc.property(fc.uniqueArray(service, { selector: (each) => each.name }), fc.boolean(), (all, names) => {
      const list = all.map((each) =>
        makeService(each.name, each.hosts.map((hosts, id) => ({ id: String(id), metadata: { host: hosts.join(' ') } })), each.expected && each.name === 'a.b'),
      );
      const keys = keysOf(mapOf(list, { names }));
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
});

describeWith('nginx', 'with a real nginx', () => {
  let nginx: Nginx;
  let backends: readonly Backend[] = [];
  const long = 'a'.repeat(60);

  beforeAll(async () => {
    backends = await Promise.all(['odd', 'plain', 'words'].map(startBackend));
    const [odd = 0, plain = 0, words = 0] = backends.map(({ port }) => port);
    const local = { address: '127.0.0.1' };
    const hosts = `*.example.org ported.example.com:8080 under_score.example.com bücher.example DOT.example.com. ${long}.example *.${long} a..b *`;
    const list = [
      makeService('default', [{ ...local, port: words, tags: ['host=include'] }]),
      makeService('empty', [], true),
      makeService('odd', [{ ...local, port: odd, metadata: { host: hosts } }]),
      makeService('plain', [{ ...local, port: plain, metadata: { host: 'deep.b.example.org, *.b.example.org' } }]),
    ];
    nginx = await startNginx({
      conf: (port) => `${upstreamsOf(list)}${mapOf(list, { bucketSize: 320 })}
server {
  listen 127.0.0.1:${port};
  location / {
    if ($rollcall_upstream = "") { return 421; }
    proxy_pass http://$rollcall_upstream;
  }
}`,
    });
  });
  afterAll(async () => {
    await nginx.stop();
    await Promise.all(backends.map((backend) => backend.stop()));
  });

  const ask = (host: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const sent = request({ port: nginx.port, headers: { host }, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => {
          resolve(response.statusCode === 200 ? body : String(response.statusCode));
        });
      });
      sent.on('error', reject).end();
    });

  test.each([
    ['the own name', 'odd', 'odd'],
    ['a name below a wildcard', 'www.example.org', 'odd'],
    ['a name far below a wildcard', 'a.b.c.example.org', 'odd'],
    ['a name below a longer wildcard of another service', 'www.b.example.org', 'plain'],
    ['the name of a wildcard itself', 'example.org', '421'],
    ['a name that was registered with a port', 'ported.example.com', 'odd'],
    ['the same at any port', 'ported.example.com:9090', 'odd'],
    ['an underscore', 'under_score.example.com', 'odd'],
    ['an international name', 'xn--bcher-kva.example', 'odd'],
    ['a name that was registered with a final dot', 'dot.example.com', 'odd'],
    ['a final dot in the request', 'DOT.example.com.', 'odd'],
    ['a name of more than 46 bytes', `${long}.example`, 'odd'],
    ['a long name below a wildcard', `x.${long}`, 'odd'],
    ['a word that nginx reads as a parameter', 'default', 'words'],
    ['another such word', 'include', 'words'],
    ['a service without an instance', 'empty', '502'],
    ['an unknown name', 'other.example', '421'],
  ])('%s reaches its service', async (_title, host, answer) => {
    expect(await ask(host)).toBe(answer);
  });

  test('every view gives a valid file, with and without a limit for names', async () => {
    for (const vars of [{}, { domain: 'example.com', allowNames: true, variable: 'up', names: true, bucketSize: 320 }]) {
      for (const [title, list] of Object.entries(services)) {
        const verdict = await testNginx(mapOf(list, vars));
        expect(verdict.accepted, `${title}: ${verdict.output}`).toBe(true);
        expect(verdict.output).not.toContain('[warn]');
      }
    }
  });

  test('services and host names of any text give a valid file', async () => {
    const texts = sample(300);
    const list = texts.map((text, index) => makeService(text, [{ metadata: { host: `${texts[index + 1] ?? ''} h${index}.example` } }]));
    const verdict = await testNginx(mapOf(list));
    expect(verdict.accepted, verdict.output).toBe(true);
  });
});
