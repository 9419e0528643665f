import { describe, expect, it } from 'vitest';
import { zoneFile } from '../../../src/targets/zone-file/kind.js';
import { zoneFileSchema, whyNotStaged } from '../../../src/targets/zone-file/schema.js';

const base = { path: '/zones/svc', zone: 'svc.example.com', ns: ['ns1.example.com'] };
const problemsOf = (block: object): string[] =>
  zoneFileSchema
    .safeParse({ ...base, ...block })
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

describe('the zoneFile block', () => {
  it('accepts the least and fills in the rest', () => {
    expect(zoneFileSchema.parse({ ...base, zone: 'SVC.example.com.' })).toMatchObject({
      zone: 'svc.example.com',
      ttl: 30,
      server: '127.0.0.1:53',
      unfit: 'reject',
      names: { tag: '<tag>.<service>.<zone>' },
    });
  });

  const record = (over: object): object => ({ records: [{ name: 'x', type: 'TXT', data: '"a"', ...over }] });
  const good: [string, object][] = [
    [
      'a wildcard and an underscore',
      {
        records: [
          { name: '*.x', type: 'A', data: '192.0.2.1' },
          { name: '_dmarc', type: 'TXT', data: '"v=1; p=none"' },
        ],
      },
    ],
    ['escapes and quotes in data', record({ data: String.raw`"a \" ( ; b" c\;d` })],
    ['an absolute name inside the zone', record({ name: 'x.svc.example.com.' })],
    [
      'a name server in the zone with its address',
      { ns: ['ns1.svc.example.com'], records: [{ name: 'ns1', type: 'AAAA', data: '2001:db8::53' }] },
    ],
    ['hostmaster as a name', { hostmaster: 'hostmaster.example.com' }],
    ['IPv6 servers', { server: '[::1]:5353' }],
    ['names that are off', { names: { tag: 'off', scheme: 'off', srv: 'off', service: 'off' } }],
  ];
  it.each(good)('accepts %s', (_name, block) => {
    expect(problemsOf(block)).toEqual([]);
  });

  const bad: [string, object, string][] = [
    ['a zone with an underscore', { zone: 'a_b.example.com' }, 'zone: is not a domain name'],
    ['a zone without room for names', { zone: `${'a.'.repeat(80)}com` }, 'zone: is too long'],
    [
      'a name server in the zone without its address',
      { ns: ['ns1.svc.example.com'] },
      'ns.0: is in the zone, so `records` must have its address',
    ],
    ['no name server', { ns: [] }, 'ns: '],
    ['a hostmaster that would end the line', { hostmaster: 'a b@example.com' }, 'hostmaster: is no mail address'],
    [
      'patterns that give two services one name',
      { names: { instance: '<service>.<instance>.<zone>' } },
      'names.tag: could give two services the same name',
    ],
    ['a bad pattern', { names: { service: '<service>' } }, 'names.service: must end with'],
    ['a record outside the zone', record({ name: 'x.example.com.' }), 'records.0.name: is outside the zone'],
    ['a SOA record', record({ type: 'soa' }), 'records.0.type: is written by rollcall'],
    [
      'an NS record of the zone',
      record({ name: '@', type: 'NS' }),
      'records.0.type: of the zone itself belongs in `ns`',
    ],
    ['data with a line break', record({ data: 'a\n$INCLUDE /etc/passwd' }), 'records.0.data: has a line break'],
    ['data with a comment', record({ data: 'a ; b' }), 'records.0.data: has ;'],
    ['data that opens a parenthesis', record({ data: '( a' }), 'records.0.data: has ; or a parenthesis'],
    ['data with half a quote', record({ data: '"a' }), 'records.0.data: has a quote'],
    ['data that ends in a backslash', record({ data: 'a\\' }), 'records.0.data: has a quote or a backslash'],
    ['a name of a record with a space', record({ name: 'a b' }), 'records.0.name: is no name'],
    ['an address that is none', record({ type: 'A', data: '2001:db8::1' }), 'records.0.data: is no IPv4 address'],
    [
      'a reverse zone that is none',
      { reverse: [{ zone: 'example.com', path: '/zones/r' }] },
      'reverse.0.zone: is no reverse zone',
    ],
    [
      'one path for two zones',
      { reverse: [{ zone: '10.in-addr.arpa', path: base.path }] },
      'reverse.0.path: is the path of another',
    ],
    ['a pattern for a path', { path: '/zones/{{service.name}}' }, 'path: has {{'],
    ['a TXT field that does not exist', { txt: ['address'] }, 'txt.0: is no field'],
    ['a server by name', { server: 'ns1.example.com' }, 'server: is no IP address'],
  ];
  it.each(bad)('refuses %s', (_name, block, problem) => {
    expect(problemsOf(block)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('the zoneFile kind', () => {
  const reverse = [{ zone: '10.in-addr.arpa', path: '/zones/r' }];

  it('claims its files from a block of any shape', () => {
    expect(zoneFile.claims({ ...base, reverse }).map((claim) => claim.type === 'file' && claim.path)).toEqual([
      '/zones/svc',
      '/zones/r',
    ]);
    for (const block of [undefined, 7, [], { path: 7 }, { reverse: 'x' }, { reverse: [7, { path: [] }] }])
      expect(zoneFile.claims(block)).toEqual([]);
  });

  it('lets {staged} judge one file only', () => {
    expect(whyNotStaged(zoneFileSchema.parse(base))).toBeUndefined();
    expect(whyNotStaged(zoneFileSchema.parse({ ...base, reverse }))).toContain('reverse zones');
  });
});
