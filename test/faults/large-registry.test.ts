import { readdir, readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Running } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deepTexts, evilUnits, repeated, within } from '../support/evil-texts.js';
import { until } from '../support/poll.js';
import { clientOf } from '../etcd/follow.js';

const MOST_MIB = 2000;
/** Files of a fan-out. */
const FAN = 3000;
const fanOut = { path: 'fan/{{service.name}}.conf', template: './one.hbs', forEach: 'service' };
const oneService = '{{service.name}}:{{#each service.instances}} {{host}}:{{port}}{{/each}}\n';

describeWith('etcd', 'a registry of a hundred thousand services, each of one instance', () => {
  it('is written by the built-in templates and a fan-out, in bounded memory, and can be interrupted', async () => {
    const etcd = await startEtcd();
    await putAll(etcd, 100_000, (n) => `/services/s${String(n).padStart(6, '0')}/1`);
    await putAll(etcd, FAN, (n) => `/fan/f${n}/1`);
    const place = await createPlace(etcd, {
      sources: [
        { name: 'services', prefix: '/services/', format: 'plain' },
        { name: 'fan', prefix: '/fan/', format: 'plain' },
      ],
      targets: [
        ...(['nginx-upstreams', 'haproxy-backends', 'json'] as const).map((template) => ({
          name: template,
          sources: ['services'],
          files: [{ path: `${template}.out`, template }],
        })),
        {
          name: 'zone',
          sources: ['services'],
          files: [{ path: 'svc.zone', template: 'bind-zone' }],
          vars: { zone: 'svc.example.com', ns: ['ns1.example.com'] },
        },
        {
          name: 'fan',
          sources: ['fan'],
          files: [fanOut],
        },
      ],
    });

    await writeFile(place.at('one.hbs'), oneService);
    const once = startRollcall(['run', '--once', '--timeout', '10m', '-c', place.file]);
    const watched = watchMemory(once);
    const { code, stderr } = await once.ended;
    expect(stderr).not.toMatch(/"level":"(error|fatal)"/);
    expect(code).toBe(0);
    expect(watched.most()).toBeLessThan(MOST_MIB);
    const read = (name: string) => readFile(place.at(name), 'utf8');
    expect((await read('nginx-upstreams.out')).match(/^upstream /gm)).toHaveLength(100_000);
    expect((await read('haproxy-backends.out')).match(/^backend /gm)).toHaveLength(100_000);
    expect((JSON.parse(await read('json.out')) as { services: unknown[] }).services).toHaveLength(100_000);
    // The name of the service, and that of the instance, which SRV records point at.
    expect((await read('svc.zone')).match(/ A 192\.0\.2\.1$/gm)).toHaveLength(200_000);
    expect(await readdir(place.at('fan'))).toHaveLength(FAN);

    // SIGTERM ends it while it makes all outputs again.
    const second = await createPlace(etcd, {
      sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
      targets: [{ name: 'web', files: [fanOut] }],
    });
    await writeFile(second.at('one.hbs'), oneService);
    const running = startRollcall(['run', '-c', second.file]);
    await running.line(({ msg }) => msg === 'listed', 'the list');
    const began = performance.now();
    const end = await running.end('SIGTERM');
    console.log(`memory at most ${watched.most()} MiB; SIGTERM took ${Math.round(performance.now() - began)} ms`);
    expect(end.code).toBe(0);
    expect(performance.now() - began).toBeLessThan(30_000);
  });
});

describeWith('etcd', 'registrations of the greatest length that etcd accepts', () => {
  it.each(['auto', 'plain', 'json'])('leave their neighbours alone, by the format %s', async (format) => {
    const etcd = await startEtcd({ args: ['--quota-backend-bytes', String(2 ** 31)] });
    const client = clientOf(etcd);
    const values = [...evilUnits.map((unit) => repeated(unit)), ...deepTexts, ...evilUnits.slice(0, 20).map(asAddress)];
    for (const [n, value] of values.entries()) {
      const fits = Buffer.from(value).subarray(0, 1_500_000).toString();
      await client.put(`/services/evil${n}/1`, fits);
      // One of them is in the middle of a good service.
      await client.put(`/services/web/evil${n}`, fits);
    }
    const good = format === 'json' ? '{"address":"192.0.2.1","port":80}' : '192.0.2.1:80';
    for (const id of ['a', 'b', 'c'])
      await client.put(`/services/web/${id}`, good.replace('.2.1', `.2.${id.charCodeAt(0)}`));
    const templates = ['nginx-upstreams', 'haproxy-backends', 'json'];
    const place = await createPlace(etcd, {
      sources: [{ name: 'services', prefix: '/services/', format }],
      targets: templates.map((template) => ({ name: template, files: [{ path: `${template}.out`, template }] })),
    });
    const once = startRollcall(['run', '--once', '--timeout', '5m', '-c', place.file]);
    const watched = watchMemory(once);
    const { code, stderr } = await once.ended;
    expect(code, stderr.slice(-2000)).toBe(0);
    for (const template of templates) {
      const text = await readFile(place.at(`${template}.out`), 'utf8');
      for (const last of [97, 98, 99]) expect(text, template).toContain(`192.0.2.${last}`);
      // Neither the values nor a message for each of them fills the output or the log.
      expect(text.length).toBeLessThan(100_000);
    }
    expect(stderr.length).toBeLessThan(1_000_000);
    console.log(`${format}: memory at most ${watched.most()} MiB`);
    expect(watched.most()).toBeLessThan(MOST_MIB);
  });
});

const asAddress = (unit: string): string => JSON.stringify({ address: within(unit, 700_000), port: 80 });

async function putAll(etcd: EtcdServer, count: number, key: (n: number) => string): Promise<void> {
  const client = clientOf(etcd);
  // etcd accepts 128 operations in one transaction.
  for (let from = 0; from < count; from += 128) {
    const operations = Array.from({ length: Math.min(128, count - from) }, (_, n) => ({
      put: { key: key(from + n), value: '192.0.2.1:80' },
    }));
    await client.txn({ conditions: [], operations });
  }
}

/** Reads the peak memory of the process (proc(5), VmHWM) until it ends. */
function watchMemory({ pid, ended }: Running): { most(): number } {
  let most = 0;
  let over = false;
  void ended.then(() => (over = true));
  void until(
    async () => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      most = Math.max(most, Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024));
      return over;
    },
    { deadline: 900_000, every: 50 },
  );
  return { most: () => most };
}
