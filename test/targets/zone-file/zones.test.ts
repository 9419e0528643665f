import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DesiredFiles } from '../../../src/targets/files/desired.js';
import { pass } from '../../contract/target.js';
import { makeService, makeView } from '../../render/views.js';
import { openZoneWorld } from './world.js';

const textOf = async (block: object, ...services: Parameters<typeof makeService>[]): Promise<string> => {
  const { target } = await openZoneWorld();
  const running = target(block);
  const view = makeView({ services: services.map((each) => makeService(...each)) });
  return running.outputs(running.desired(view))[0]?.text ?? '';
};

describe('a zone file', () => {
  it('is a whole zone', async () => {
    const records = [
      { name: '@', type: 'mx', data: '10 mail.example.com.' },
      { name: 'ns1', type: 'A', data: '192.0.2.53', ttl: 3600 },
    ];
    const block = { ns: ['ns1.svc.example.com', 'NS2.example.com.'], hostmaster: 'the.admin@example.com', records };
    expect(await textOf(block, ['web', [{ id: 'a', port: 8080 }]])).toBe(
      [
        '; rollcall writes this file and replaces every other change.',
        '$ORIGIN svc.example.com.',
        '$TTL 30',
        '@ IN SOA ns1.svc.example.com. the\\.admin.example.com. (',
        '    1 ; serial',
        '    300 ; refresh',
        '    30 ; retry',
        '    604800 ; expire',
        '    5 ) ; for how long an absence is cached',
        '@ IN NS ns1.svc.example.com.',
        '@ IN NS ns2.example.com.',
        'svc.example.com. IN MX 10 mail.example.com.',
        'ns1.svc.example.com. 3600 IN A 192.0.2.53',
        '',
        '; web',
        '_web._tcp.web.svc.example.com. 30 IN SRV 0 1 8080 a.web.svc.example.com.',
        'a.web.svc.example.com. 30 IN A 192.0.2.1',
        'web.svc.example.com. 30 IN A 192.0.2.1',
        '',
      ].join('\n'),
    );
  });

  it('has nothing of a service that a static record or a name server names', async () => {
    const records = [
      { name: 'ns1', type: 'A', data: '192.0.2.53' },
      { name: 'team', type: 'NS', data: 'ns1.example.net.' },
    ];
    const { target } = await openZoneWorld();
    const running = target({
      records,
      names: { service: '<service>.team.<zone>', instance: '<instance>.<service>.team.<zone>', tag: 'off' },
    });
    const services = [makeService('ns1', [{}]), makeService('web', [{}])];
    expect(running.desired(makeView({ services })).quarantined).toEqual([
      { service: 'ns1', reason: 'ns1.team.svc.example.com is also the name of the static record team NS' },
      { service: 'web', reason: 'web.team.svc.example.com is also the name of the static record team NS' },
    ]);
    const plain = target({ records });
    expect(plain.desired(makeView({ services })).quarantined).toEqual([
      { service: 'ns1', reason: 'ns1.svc.example.com is also the name of the static record ns1 A' },
    ]);
  });

  it('leaves out a service that cannot have a name, keeps its neighbours, and says so', async () => {
    const { target } = await openZoneWorld();
    const running = target({ reverse: [{ zone: '2.0.192.in-addr.arpa', path: '/zones/reverse' }] });
    const view = makeView({ services: [makeService('a_b', [{}]), makeService('web', [{ address: '192.0.2.7' }])] });
    const desired = running.desired(view);
    expect(desired.quarantined).toEqual([expect.objectContaining({ service: 'a_b' })]);
    const [forward, reverse] = running.outputs(desired).map(({ text }) => text);
    expect(forward).toContain('web.svc.example.com. 30 IN A 192.0.2.7');
    expect(forward).not.toContain('192.0.2.1');
    expect(reverse).not.toContain('\n1.2.0.192');
  });

  it('is secret with its target, and the names of omitted tags too', async () => {
    const { target } = await openZoneWorld();
    const running = target({}, { secret: true });
    const desired = running.desired(makeView({ services: [makeService('web', [{ tags: ['a=b'] }])] }));
    expect(running.outputs(desired)[0]?.secret).toBe(true);
    expect(desired.quarantined).toEqual([expect.objectContaining({ hostName: '' })]);
  });

  it('has the reverse zones of its addresses beside it, and all change together', async () => {
    const { target, dir, path } = await openZoneWorld();
    const [four, six] = [join(dir, 'four'), join(dir, 'six')];
    const reverse = [
      { zone: '2.0.192.in-addr.arpa', path: four },
      { zone: '8.b.d.0.1.0.0.2.ip6.arpa', path: six },
    ];
    const running = target({ reverse });
    const instances = [
      { id: 'a', key: '/a', address: '192.0.2.1', metadata: { ttl: '5' } },
      { id: 'b', key: '/b', address: '2001:db8::1', family: 'ipv6' as const },
      { id: 'c', key: '/c', address: '198.51.100.1' },
    ];
    const view = makeView({ services: [makeService('api', [{ id: 'z' }]), makeService('web', instances)] });
    await pass(running, view);
    const recordsIn = async (file: string): Promise<string[]> =>
      (await readFile(file, 'utf8')).split('\n').filter((line) => line.includes(' PTR '));
    expect(await recordsIn(four)).toEqual([
      '1.2.0.192.in-addr.arpa. 30 IN PTR z.api.svc.example.com.',
      '1.2.0.192.in-addr.arpa. 30 IN PTR a.web.svc.example.com.',
    ]);
    expect(await recordsIn(six)).toEqual([
      `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa. 30 IN PTR b.web.svc.example.com.`,
    ]);
    expect(await readFile(path, 'utf8')).toContain('198.51.100.1');
  });

  it('is the same object while no record changes, and encodes only the parts that do', async () => {
    const { target } = await openZoneWorld();
    const running = target();
    const services = Array.from({ length: 2000 }, (_, at) =>
      makeService(`s${String(at).padStart(4, '0')}`, [{ id: 'a' }]),
    );
    const before = running.desired(makeView({ services })) as DesiredFiles;
    const same = running.desired(makeView({ services: [...services] }), before) as DesiredFiles;
    expect(same.files[0]).toBe(before.files[0]);
    services[1000] = makeService('s1000', [{ id: 'a', port: 81 }]);
    const after = running.desired(makeView({ services }), before) as DesiredFiles;
    const old = new Set(before.files[0]?.content.parts);
    expect(after.files[0]?.content.parts.filter((part) => !old.has(part)).length).toBeLessThanOrEqual(2);
  });

  it('names the answers that clients ask for over TCP, once', async () => {
    const { target, log } = await openZoneWorld();
    const running = target();
    const instances = Array.from({ length: 100 }, (_, at) => ({
      id: `i${at}`,
      key: `/i${at}`,
      address: `10.0.0.${at}`,
    }));
    const view = makeView({ services: [makeService('web', instances)] });
    await pass(running, view);
    await pass(running, view);
    expect(log.lines.filter(({ message }) => message.includes('1232 octets'))).toHaveLength(1);
  });
});
