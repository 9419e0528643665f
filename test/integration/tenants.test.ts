import { readFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import type { Instance } from '../../src/model/instance.js';
import { attacks, evil, nameOf, names, territories } from '../formats/tenants.js';
import { clientOf } from '../etcd/follow.js';
import { describeWith } from '../support/binaries.js';
import { rollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { putKey } from '../support/keys.js';
import { addUser, enableAuth, startEtcd, type EtcdServer } from '../support/etcd.js';

/** Each format has a prefix of its own, so that one etcd holds them all. */
const below = (format: string, key: string) => `/${format}-of/${key.replace(/^\//, '')}`;
const prefixOf = (format: string) => below(format, territories[format]?.prefix ?? '');
const own = (format: string, service: string) => below(format, territories[format]?.own(service) ?? '');

const tenant = { name: 'team-b', password: 'tenant' };
const reader = { name: 'rollcall', password: 'reader' };

describeWith('etcd', 'an etcd whose tenants may write below their own prefixes', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd({ args: ['--bcrypt-cost', '4'] });
    for (const format of names) {
      const { key, value } = territories[format] ?? {};
      if (key === undefined || value === undefined) throw new Error(format);
      const safe = (text: string) => text.replaceAll(evil.address, '10.0.0.1');
      await putKey(etcd, below(format, safe(key('web'))), safe(value('web')));
      const { name, password } = tenant;
      await addUser(etcd, { name: `${name}-${format}`, password, prefix: own(format, name) });
      // The permission covers exactly the range of the source.
      await addUser(etcd, { name: `${reader.name}-${format}`, password: reader.password, prefix: prefixOf(format) });
    }
    await enableAuth(etcd, 'root');
  });

  /** All instances of a format that rollcall reads with permission for the prefix only. */
  const look = async (format: string, named: boolean) => {
    const { file } = await createPlace(etcd, {
      etcd: {
        endpoints: [etcd.endpoint],
        auth: { username: `${reader.name}-${format}`, password: reader.password },
      },
      // Without the slash: the prefix means the same directory.
      sources: [{ name: 's', prefix: prefixOf(format).replace(/\/$/, ''), format: named ? format : 'auto' }],
      targets: [{ name: 't', files: [{ path: 'out.json', template: 'json' }] }],
    });
    const { code, stdout, stderr } = await rollcall(['services', '-c', file, '-o', 'json', '--timeout', '60s']);
    expect(code, stderr).toBe(0);
    return (JSON.parse(stdout) as { instances: Instance[] }).instances;
  };

  it.each(names)('as %s: nothing of a tenant stands in the service of another', async (format) => {
    const { key, value } = territories[format] ?? {};
    if (key === undefined || value === undefined) throw new Error(format);
    const writer = clientOf({
      endpoints: [etcd.endpoint],
      auth: { username: `${tenant.name}-${format}`, password: tenant.password },
    });
    await expect(writer.put(below(format, key('web')), value('web'))).rejects.toMatchObject({ code: 'ETCD_DENIED' });
    const ends = attacks('web');
    for (const [at, end] of ends.entries())
      await writer.put(`${own(format, tenant.name)}${end}`, value(at % 2 === 0 ? 'web' : tenant.name));
    await writer.put(below(format, key(tenant.name)), value(tenant.name));

    for (const named of [true, false]) {
      const instances = await look(format, named);
      const of = (address: string) => instances.filter((it) => it.address === address).map(({ service }) => service);
      const web = nameOf(format, 'web');
      expect(of(evil.address)).not.toContain(web);
      // The tenant has its own service, and the victim keeps its own.
      if (named) {
        expect(of(evil.address)).toContain(nameOf(format, tenant.name));
        expect(of('10.0.0.1')).toEqual([web]);
      }
      for (const service of of(evil.address)) expect(service).toContain(tenant.name);
    }
  });

  it('no tenant gets into the upstream of another in nginx’s file', async () => {
    const place = await createPlace(etcd, {
      etcd: { endpoints: [etcd.endpoint], auth: { username: 'root', password: 'root' } },
      sources: [{ name: 's', prefix: prefixOf('plain'), format: 'plain' }],
      targets: [{ name: 't', files: [{ path: 'upstreams.conf', template: 'nginx-upstreams' }] }],
    });
    const { code, stderr } = await rollcall(['run', '--once', '-c', place.file]);
    expect(code, stderr).toBe(0);
    const conf = await readFile(place.at('upstreams.conf'), 'utf8');
    const upstream = (name: string) => new RegExp(`upstream ${name} \\{([^}]*)\\}`).exec(conf)?.[1] ?? '';
    expect(upstream('web')).toContain('10.0.0.1:');
    expect(upstream('web')).not.toContain(evil.address);
    expect(upstream(tenant.name)).toContain(evil.address);
  });
});
