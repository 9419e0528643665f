import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readHead } from '../../src/render/head.js';
import { make, services, showMade } from './views.js';

const folder = join(import.meta.dirname, '../../templates');
const builtIns = readdirSync(folder).map((file) => file.replace(/\.hbs$/, ''));

/** The required vars of a template. */
const needed: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'bind-zone': { zone: 'svc.example.com', ns: ['ns1.example.com'] },
  'nginx-map': { prefix: 'rc_' },
};

/** Additional views of a template, each with its own vars. */
const more: Readonly<Record<string, readonly { name: string; of: string; vars: Readonly<Record<string, unknown>> }[]>> = {
  'haproxy-backends': [
    {
      name: 'all-vars',
      of: 'families',
      vars: {
        prefix: 'rc_',
        mode: 'http',
        balance: 'hdr(X-User) use_domain_only',
        check: '/health?full=1',
        defaultServer: 'inter 2s rise 2 fall 3 maxconn 100',
        resolvers: 'dns',
      },
    },
    { name: 'tcp-check', of: 'plain', vars: { mode: 'tcp', check: 'tcp' } },
    { name: 'server-words', of: 'plain', vars: { defaultServer: 'maxconn 10' } },
  ],
  'bind-zone': [
    {
      name: 'all-vars',
      of: 'cases',
      vars: {
        zone: 'svc.example.com',
        ns: ['web-1.svc.example.com', 'ns.example.net'],
        glue: [
          { name: 'web-1.svc.example.com', address: '192.0.2.53' },
          { name: 'web-1.svc.example.com', address: '2001:db8::53' },
        ],
        hostmaster: 'dns.example.com',
        ttl: 5,
        negativeTtl: 1,
        priority: 10,
        serial: 4294967295,
      },
    },
  ],
  dotenv: Object.keys(services).map((of) => ({
    name: `services-${of}`,
    of,
    vars: { services: true, prefix: 'APP_', docker: of === 'families' },
  })),
  'haproxy-map': [
    { name: 'all-vars', of: 'plain', vars: { prefix: 'rc_', domain: 'example.com', metadata: 'host', tag: 'pub' } },
    { name: 'hosts-only', of: 'plain', vars: { metadata: 'host', names: false } },
    { name: 'hosts-hostile', of: 'hostile', vars: { metadata: 'host' } },
    { name: 'hosts-odd', of: 'hosts', vars: { metadata: 'host' } },
  ],
  'traefik-dynamic': [{ name: 'tcp', of: 'families', vars: { mode: 'tcp' } }],
  caddy: [
    {
      name: 'all-vars',
      of: 'families',
      vars: { domain: 'svc.example.com', listen: [':8080', '[::1]:8081'], admin: 'unix//run/caddy.sock', automaticHttps: true },
    },
  ],
  'nginx-map': [
    {
      name: 'all-vars',
      of: 'families',
      vars: {
        prefix: 'rc_',
        allowNames: true,
        variable: 'up',
        domain: 'example.com',
        metadata: 'host',
        tag: 'pub',
        bucketSize: 320,
      },
    },
    { name: 'hosts-only', of: 'plain', vars: { prefix: 'rc_', metadata: 'host', names: false } },
    { name: 'hosts-hostile', of: 'hostile', vars: { prefix: 'rc_', metadata: 'host' } },
    { name: 'hosts-odd', of: 'hosts', vars: { prefix: 'rc_', metadata: 'host' } },
  ],
  hosts: [
    { name: 'domain', of: 'cases', vars: { domain: 'svc.example.com', reserved: ['localhost', 'WEB-1'] } },
    { name: 'domain-hostile', of: 'hostile', vars: { domain: 'svc.example.com' } },
    { name: 'long-only', of: 'cases', vars: { domain: 'svc.example.com', short: false } },
  ],
  'nginx-stream': [
    {
      name: 'all-vars',
      of: 'families',
      vars: {
        listen: { mixed: 5432, names: '127.0.0.1:53 udp', absent: 1 },
        prefix: 'rc_',
        allowNames: true,
        zoneSize: '64k',
        balance: 'hash $remote_addr consistent',
        server: 'max_fails=3 fail_timeout=5s',
      },
    },
    { name: 'listen-expected', of: 'expected', vars: { listen: { empty: 5432, gone: 5433 } } },
  ],
  'prometheus-file-sd': [{ name: 'all-vars', of: 'states', vars: { serviceLabel: '', critical: true } }],
  'nginx-upstreams': [
    { name: 'all-vars', of: 'families', vars: { prefix: 'rc_', allowNames: true, zoneSize: '64k', keepalive: 8, balance: 'least_conn', server: 'max_fails=3 fail_timeout=5s' } },
  ],
};

test('a var has the same meaning in all templates, so the config may set it for all', () => {
  const options = builtIns.flatMap((name) => {
    const { defaults } = readHead({ file: name, text: readFileSync(join(folder, `${name}.hbs`), 'utf8') });
    return Object.keys(defaults);
  });
  expect(options).toContain('prefix');
  expect(options).not.toContain('zone');
});

/** `npx vitest run test/templates/golden.test.ts -u` writes the files again. Review the diff. */
describe.each(builtIns)('%s writes the text of its golden files', (name) => {
  const text = readFileSync(join(folder, `${name}.hbs`), 'utf8');
  const own = (more[name] ?? []).map(({ name: title, of, vars }) => ({ title, list: services[of] ?? [], vars }));
  const all = Object.entries(services).map(([title, list]) => ({ title, list, vars: needed[name] ?? {} }));

  test.each([...all, ...own])('$title', async ({ title, list, vars }) => {
    const made = make(name, text, { services: list, vars });
    await expect(showMade(made)).toMatchFileSnapshot(join('golden', name, `${title}.txt`));
  });
});
