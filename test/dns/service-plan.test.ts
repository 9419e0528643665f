import { describe, expect, it } from 'vitest';
import type { Instance } from '../../src/model/instance.js';
import { makeService } from '../render/views.js';
import { plan, recordsOf, type PlanSettings } from './planning.js';

const v6 = { address: '2001:db8::1', family: 'ipv6' } as const;
const host = { address: 'db.example.net', family: 'name' } as const;

function records(instances: readonly Partial<Instance>[], settings?: PlanSettings, name = 'web'): string[] {
  return recordsOf(plan([makeService(name, instances)], settings));
}

describe('the records of a service', () => {
  it('are addresses of the service and of each instance, and SRV records that lead to the instances', () => {
    expect(
      records([
        { id: 'a', key: '/a', address: '192.0.2.1', port: 8080, weight: 5 },
        { id: 'b', key: '/b', ...v6, port: 8081 },
      ]),
    ).toEqual([
      '_web._tcp.web 30 SRV 0 1 8081 b.web.',
      '_web._tcp.web 30 SRV 0 5 8080 a.web.',
      'a.web 30 A 192.0.2.1',
      'b.web 30 AAAA 2001:db8::1',
      'web 30 A 192.0.2.1',
      'web 30 AAAA 2001:db8::1',
    ]);
  });

  it('have names for schemes and tags, without a difference of case in schemes', () => {
    const instances = [
      { id: 'a', key: '/a', address: '192.0.2.1', scheme: 'grpc', tags: ['v1'] },
      { id: 'b', key: '/b', address: '192.0.2.2', scheme: 'GRPC', tags: ['v1', 'v2'] },
    ];
    const all = records(instances);
    expect(all.filter((line) => line.startsWith('_grpc'))).toEqual([
      '_grpc._tcp.web 30 SRV 0 1 8080 a.web.',
      '_grpc._tcp.web 30 SRV 0 1 8080 b.web.',
    ]);
    expect(all.filter((line) => line.startsWith('v'))).toEqual([
      'v1.web 30 A 192.0.2.1',
      'v1.web 30 A 192.0.2.2',
      'v2.web 30 A 192.0.2.2',
    ]);
  });

  it('has a scheme record once when the scheme is the name of the service', () => {
    const all = records([{ id: 'a', scheme: 'web' }]);
    expect(all.filter((line) => line.includes(' SRV '))).toEqual(['_web._tcp.web 30 SRV 0 1 8080 a.web.']);
  });

  it('is an alias when one host name is all there is, and the host name is the SRV target', () => {
    expect(records([{ id: 'a', ...host }])).toEqual([
      '_web._tcp.web 30 SRV 0 1 8080 db.example.net.',
      'a.web 30 CNAME db.example.net.',
      'web 30 CNAME db.example.net.',
    ]);
  });

  it('has no alias beside addresses or another host name, only SRV records', () => {
    const other = { id: 'b', key: '/b' };
    for (const beside of [other, { ...other, ...host, address: 'db2.example.net' }]) {
      const all = records([{ id: 'a', key: '/a', ...host }, beside]);
      expect(all.filter((line) => line.startsWith('web ') && line.includes('CNAME'))).toEqual([]);
      expect(all).toContain('_web._tcp.web 30 SRV 0 1 8080 db.example.net.');
    }
  });

  it.each([
    ['draining', { status: 'draining' }],
    ['critical', { status: 'critical' }],
    ['weight 0', { weight: 0 }],
  ] as const)('have nothing of an instance with %s', (_name, patch) => {
    expect(records([{ id: 'a', key: '/a', tags: ['v1'], scheme: 'grpc', ...patch }])).toEqual([]);
    expect(
      records([
        { id: 'a', key: '/a', ...patch },
        { id: 'b', key: '/b', address: '192.0.2.2' },
      ]),
    ).toEqual(records([{ id: 'b', key: '/b', address: '192.0.2.2' }]));
  });

  it('say that an expected service without an instance is not available', () => {
    expect(recordsOf(plan([makeService('web', [], true)]))).toEqual(['_web._tcp.web 30 SRV 0 0 0 .']);
    expect(recordsOf(plan([makeService('web', [])]))).toEqual([]);
  });

  it('have the TTL of the source, and never a longer one than a registration states', () => {
    const settings = { sourceTtl: { slow: 300 } };
    const ttlOf = (patch: Partial<Instance>): string | undefined =>
      /web (\d+) A /.exec(records([patch], settings).at(-1) ?? '')?.[1];
    expect(ttlOf({})).toBe('30');
    expect(ttlOf({ source: 'slow' })).toBe('300');
    expect(ttlOf({ source: 'slow', metadata: { ttl: '20' } })).toBe('20');
    expect(ttlOf({ metadata: { ttl: '3600' } })).toBe('30');
    for (const ttl of ['0', '-1', '1.5', 'x', '']) expect(ttlOf({ metadata: { ttl } })).toBe('30');
    expect(ttlOf({ source: 'constructor' })).toBe('30');
  });

  it('have one TTL for all records of a name and type (RFC 2181)', () => {
    const all = records([
      { id: 'a', key: '/a', metadata: { ttl: '10' } },
      { id: 'b', key: '/b', address: '192.0.2.2' },
    ]);
    expect(all.filter((line) => line.startsWith('web '))).toEqual(['web 10 A 192.0.2.1', 'web 10 A 192.0.2.2']);
    expect(all).toContain('b.web 30 A 192.0.2.2');
  });

  it('have the TXT fields that are asked for, quoted, at the name of the instance', () => {
    const patch = { id: 'a', version: '1.2"\\', zone: 'é', metadata: { team: 'core' } };
    expect(records([patch])).not.toContainEqual(expect.stringContaining('TXT'));
    expect(records([patch], { txt: ['version', 'zone', 'scheme', 'metadata.team'] })).toContain(
      String.raw`a.web 30 TXT "version=1.2\"\\" "zone=\195\169" "team=core"`,
    );
    expect(records([{ ...patch, ...host }], { txt: ['version'] })).not.toContainEqual(expect.stringContaining('TXT'));
    const long = plan([makeService('web', [{ version: 'x'.repeat(300) }])], { txt: ['version'] });
    expect(long.omitted).toEqual([expect.objectContaining({ hostName: `1.web.svc.example.com` })]);
  });
});

describe('the names of instances', () => {
  const targetsOf = (instances: readonly Partial<Instance>[]): string[] =>
    records(instances).flatMap((line) => /SRV .* (\S+)\.$/.exec(line)?.[1] ?? []);

  it.each([
    ['Web-1', 'web-1.web'],
    ['10.0.0.1:8080', expect.stringMatching(/^10-0-0-1-8080-[0-9a-f]{12}\.web$/)],
    ['é', expect.stringMatching(/^x-[0-9a-f]{12}\.web$/)],
    ['-', expect.stringMatching(/^x-[0-9a-f]{12}\.web$/)],
    ['x'.repeat(64), expect.stringMatching(/^x{50}-[0-9a-f]{12}\.web$/)],
    ['', expect.stringMatching(/^192-0-2-1-[0-9a-f]{12}\.web$/)],
  ])('of id %j', (id, name) => {
    expect(targetsOf([{ id }])).toEqual([name]);
  });

  it('are shared by the addresses of one registration with the same port', () => {
    const all = records([{ id: 'a' }, { id: 'a', ...v6 }]);
    expect(all).toContain('a.web 30 A 192.0.2.1');
    expect(all).toContain('a.web 30 AAAA 2001:db8::1');
    expect(all.filter((line) => line.includes('SRV'))).toEqual(['_web._tcp.web 30 SRV 0 1 8080 a.web.']);
  });

  it('differ when ports differ, so that no SRV record leads to a port of another address', () => {
    const made = plan([makeService('web', [{ id: 'a' }, { id: 'a', address: '192.0.2.2', port: 81 }])]);
    const all = recordsOf(made);
    expect(made.omitted).toEqual([]);
    expect(all.filter((line) => /^a\S* /.test(line))).toHaveLength(2);
    expect(all.filter((line) => line.startsWith('a.web '))).toHaveLength(1);
  });

  it('are told apart when two registrations want the same, and the reason names both', () => {
    const made = plan([
      makeService('web', [
        { id: 'A1', key: '/services/web/A1', address: '192.0.2.1' },
        { id: 'a1', key: '/services/web/a1', address: '192.0.2.2' },
      ]),
    ]);
    expect(recordsOf(made)).toContain('a1.web 30 A 192.0.2.2');
    expect(recordsOf(made).filter((line) => line.startsWith('web '))).toHaveLength(2);
    expect(made.omitted).toEqual([
      {
        service: 'web',
        hostName: 'a1.web.svc.example.com',
        reason: expect.stringMatching(/a1 \(\/services\/web\/a1\).*A1 \(\/services\/web\/A1\)/) as string,
      },
    ]);
  });
});

describe('a tag', () => {
  it.each([
    ['that is no label', 'env=prod', 'env=prod', 'this tag has no name'],
    ['that is the id of an instance', 'i-1', 'i-1.web.svc.example.com', 'instance i-1'],
  ])('%s is left out with the reason', (_name, tag, hostName, reason) => {
    const made = plan([makeService('web', [{ id: 'i-1', tags: [tag] }])]);
    expect(made.rejected).toEqual([]);
    expect(made.omitted).toEqual([{ service: 'web', hostName, reason: expect.stringContaining(reason) as string }]);
    expect(recordsOf(made)).toEqual(records([{ id: 'i-1' }]));
  });

  it('never fills a log: a few are named, the rest is counted', () => {
    const tags = Array.from({ length: 500 }, (_, at) => `t=${at}`);
    const { omitted } = plan([makeService('web', [{ tags }])]);
    expect(omitted).toHaveLength(6);
    expect(omitted.at(-1)).toEqual({ service: 'web', hostName: '', reason: '495 more names are left out' });
  });
});

describe('a host name inside the zone', () => {
  const inside = { id: 'a', address: 'db.svc.example.com', family: 'name' } as const;

  it('is rejected, because a server refuses a zone with a target that does not exist', () => {
    const { rejected } = plan([makeService('web', [inside])]);
    expect(rejected).toEqual([
      expect.objectContaining({ service: 'web', instance: expect.objectContaining({ id: 'a' }) as object }),
    ]);
  });

  it('is accepted when a static record has the address', () => {
    const made = plan([makeService('web', [inside])], { hasAddress: (name) => name === 'db.svc.example.com' });
    expect(made.rejected).toEqual([]);
    expect(recordsOf(made)).toContain('web 30 CNAME db.');
  });
});
