import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Service } from '../../src/model/instance.js';
import { sample } from '../render/hostile.js';
import { makeService } from '../render/views.js';
import { make, services } from './views.js';

const read = (name: string): string => readFileSync(join(import.meta.dirname, `../../templates/${name}.hbs`), 'utf8');
const write = (name: string, list: readonly Service[], vars = {}): unknown =>
  JSON.parse(make(name, read(name), { services: list, vars }).text);

const address = z.string().regex(/^(?:[^\s{}:@/]+|\[[0-9a-f:]+\]):\d{1,5}$/);

/** envoy/config/endpoint/v3/endpoint.proto, with its validation rules, as far as the template writes it. */
const discovery = z.strictObject({
  resources: z
    .array(
      z.strictObject({
        '@type': z.literal('type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment'),
        cluster_name: z.string().min(1),
        endpoints: z.array(
          z.strictObject({
            lb_endpoints: z.array(
              z.strictObject({
                endpoint: z.strictObject({
                  address: z.strictObject({
                    socket_address: z.strictObject({
                      address: z.union([z.ipv4(), z.ipv6()]),
                      port_value: z.int().min(1).max(65_535),
                    }),
                  }),
                }),
                health_status: z.enum(['UNKNOWN', 'HEALTHY', 'UNHEALTHY', 'DRAINING', 'TIMEOUT', 'DEGRADED']),
                load_balancing_weight: z.int().min(1).max(2 ** 32 - 1),
              }),
            ),
          }),
        ),
      }),
    )
    // The file subscription of EDS refuses any other number.
    .length(1),
});

/** Traefik's dynamic configuration: http.services and tcp.services of its file provider. */
const dynamic = z.strictObject({
  http: z
    .strictObject({
      services: z.record(
        z.string().regex(/^[\w.-]+$/),
        z.strictObject({ loadBalancer: z.strictObject({ servers: z.array(z.strictObject({ url: z.url() })) }) }),
      ),
    })
    .optional(),
  tcp: z
    .strictObject({
      services: z.record(
        z.string().regex(/^[\w.-]+$/),
        z.strictObject({ loadBalancer: z.strictObject({ servers: z.array(z.strictObject({ address })) }) }),
      ),
    })
    .optional(),
});

const odd = sample(200).map((text, index) =>
  makeService(text, [{ id: text, scheme: text, zone: text, version: text, address: `198.51.100.${index % 250}` }]),
);
const views: readonly (readonly [string, readonly Service[]])[] = [
  ...Object.entries(services),
  ['odd', [...new Map(odd.map((service) => [service.name, service])).values()]],
];

describe('envoy-eds', () => {
  test.each(views)('writes assignments by the schema of Envoy for %s', (_name, list) => {
    for (const service of list.filter(({ name }) => name !== '')) {
      const { text, quarantined } = make('envoy-eds', read('envoy-eds'), { services: [service] });
      // Half a surrogate pair is no text of JSON: such a service has no file.
      if (quarantined.length > 0) expect(text).not.toContain(service.name);
      else expect(discovery.safeParse(JSON.parse(text)).error).toBeUndefined();
    }
  });

  test('drains draining instances, and has no host name', () => {
    const web = makeService('web', [
      { address: '192.0.2.1', status: 'draining', weight: 7 },
      { address: 'a.example.com', family: 'name' },
    ]);
    const made = discovery.parse(write('envoy-eds', [web]));
    expect(made.resources[0]?.endpoints[0]?.lb_endpoints).toEqual([
      {
        endpoint: { address: { socket_address: { address: '192.0.2.1', port_value: 8080 } } },
        health_status: 'DRAINING',
        load_balancing_weight: 7,
      },
    ]);
  });
});

describe('traefik-dynamic', () => {
  test.each(views)('writes services by the schema of Traefik for %s', (_name, list) => {
    for (const mode of ['http', 'tcp'])
      expect(dynamic.safeParse(write('traefik-dynamic', list, { mode })).error).toBeUndefined();
  });

  test('writes nothing that Traefik would run as a template', () => {
    const text = make('traefik-dynamic', read('traefik-dynamic'), {
      services: [makeService('{{env "HOME"}}', [{}]), makeService('web', [{ scheme: '{{env "HOME"}}' }])],
    }).text;
    expect(text).not.toContain('{{');
    expect(Object.keys(dynamic.parse(JSON.parse(text)).http?.services ?? {})).toEqual(['web']);
  });

  test('has the scheme of an instance in its URL', () => {
    const web = makeService('web', [{ scheme: 'https' }, { scheme: 'h2c', port: 81 }, { scheme: 'grpc', port: 82 }]);
    const urls = dynamic.parse(write('traefik-dynamic', [web])).http?.services.web?.loadBalancer.servers;
    expect(urls?.map(({ url }) => url)).toEqual(['https://192.0.2.1:8080', 'h2c://192.0.2.1:81', 'http://192.0.2.1:82']);
  });
});

describe('caddy', () => {
  test.each(views)('writes JSON for %s, with one route for each host', (_name, list) => {
    const made = write('caddy', list, { domain: 'svc.example.com' }) as {
      apps: { http: { servers: { rollcall: { routes: { match: { host: string[] }[] }[] } } } };
    };
    const hosts = made.apps.http.servers.rollcall.routes.flatMap(({ match }) => match.flatMap(({ host }) => host));
    expect(new Set(hosts).size).toBe(hosts.length);
    for (const host of hosts) expect(host).toMatch(/^[a-z0-9.-]+\.svc\.example\.com$/);
  });
});
