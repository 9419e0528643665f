import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Service } from '../../src/model/instance.js';
import { readEnvoyMessage } from '../support/envoy.js';
import { sample } from '../render/hostile.js';
import { makeService } from '../render/views.js';
import { make, services } from './views.js';

const read = (name: string): string => readFileSync(join(import.meta.dirname, `../../templates/${name}.hbs`), 'utf8');
const write = (name: string, list: readonly Service[], vars = {}): unknown =>
  JSON.parse(make(name, read(name), { services: list, vars }).text);

const address = z.string().regex(/^(?:[^\s{}:@/]+|\[[0-9a-f:]+\]):\d{1,5}$/);

/** What the file subscription of EDS reads: one assignment in `resources`. */
const discovery = z.strictObject({
  resources: z
    .array(
      z.looseObject({ '@type': z.literal('type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment') }),
    )
    // It refuses any other number.
    .length(1),
});

const assignments = readEnvoyMessage(
  'envoy/config/endpoint/v3/endpoint.proto',
  'envoy.config.endpoint.v3.ClusterLoadAssignment',
);

/** Why the text is not what Envoy reads, by the published definition of the message. */
async function problemsOfEds(text: string): Promise<string[]> {
  const problemsOf = await assignments;
  return discovery.parse(JSON.parse(text)).resources.flatMap(({ '@type': _, ...assignment }) => problemsOf(assignment));
}

/** Traefik's dynamic configuration as its documentation describes it: http.services and tcp.services of its file provider. */
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
  test.each(views)('writes assignments by the published definition of Envoy for %s', async (_name, list) => {
    for (const service of list.filter(({ name }) => name !== '')) {
      const { text, quarantined } = make('envoy-eds', read('envoy-eds'), { services: [service] });
      // Half a surrogate pair is no text of JSON: such a service has no file.
      if (quarantined.length > 0) expect(text).not.toContain(service.name);
      else expect(await problemsOfEds(text)).toEqual([]);
    }
  });

  test.each([
    ['cluster_name', '"ClusterName"', /ClusterName is no field/],
    ['"load_balancing_weight": 7', '"load_balancing_weight": 0', /load_balancing_weight is less than 1/],
    ['"port_value": 8080', '"port_value": 80800', /port_value is more than 65535/],
    ['DRAINING', 'DRAINED', /health_status is not of HealthStatus/],
  ])('the definition refuses another %s', async (from, to, problem) => {
    const web = makeService('web', [{ address: '192.0.2.1', status: 'draining', weight: 7 }]);
    const { text } = make('envoy-eds', read('envoy-eds'), { services: [web] });
    const compact = JSON.stringify(JSON.parse(text), null, 1);
    expect(compact).toContain(from);
    const changed = compact.replace(from === 'cluster_name' ? '"cluster_name"' : from, to);
    expect((await problemsOfEds(changed)).join('\n')).toMatch(problem);
  });

  test('drains draining instances, and has no host name', () => {
    const web = makeService('web', [
      { address: '192.0.2.1', status: 'draining', weight: 7 },
      { address: 'a.example.com', family: 'name' },
    ]);
    const made = discovery.parse(write('envoy-eds', [web]));
    expect(made.resources[0]).toMatchObject({ cluster_name: 'web' });
    expect((made.resources[0]?.endpoints as { lb_endpoints: unknown }[])[0]?.lb_endpoints).toEqual([
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
