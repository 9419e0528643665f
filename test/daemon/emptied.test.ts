import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey, readKeys } from '../support/keys.js';
import { until } from '../support/poll.js';
import { startProxy } from '../support/proxy.js';

const services = { name: 'services', prefix: '/services/', format: 'plain' };
const settings = { name: 'settings', prefix: '/settings/', format: 'raw' };
const list =
  '{{#each services}}{{name}}{{#each instances}} {{port}}{{/each}}\n{{/each}}{{#each kv.pairs}}{{value}}\n{{/each}}';
const target = (more: object = {}): object => ({
  name: 'web',
  files: [{ path: 'web.out', template: './web.hbs', dialect: 'none' }],
  ...more,
});
const configOf = (source: object = {}, more: object = {}): object => ({
  sources: [{ ...services, ...source }],
  targets: [target(more)],
});

const isKept = 'the view is empty: outputs kept';
const read = (place: Place): Promise<string> => readFile(place.at('web.out'), 'utf8').catch(() => 'absent');
const holds = (place: Place, text: string): Promise<unknown> =>
  until(async () => (await read(place)) === text, { what: JSON.stringify(text), deadline: 20_000 });
const saysKept = (running: Running, from = 0) => running.line(({ msg }) => msg === isKept, 'that it keeps', from);

/** A running rollcall that has written `web 8001`. */
async function begin(etcd: EtcdServer, config = configOf(), endpoint = etcd.endpoint) {
  await putKey(etcd, '/services/web/1', '192.0.2.1:8001');
  const place = await createPlace(endpoint, config);
  await writeFile(place.at('web.hbs'), list);
  const running = startRollcall(['run', '-c', place.file]);
  await holds(place, 'web 8001\n');
  // The first content is in the journal with the end of its pass.
  await running.line(({ msg }) => msg === 'outputs changed', 'the end of the first pass');
  return { place, running };
}

/** A second list of the source, so that everything before it has been acted on. */
const twice = (running: Running) =>
  until(() => running.lines().filter(({ msg }) => msg === 'listed').length > 1, {
    what: 'a second list',
    deadline: 20_000,
  });

describeWith('etcd', 'outputs that a list would empty', () => {
  it.each([
    ['prefix', { prefix: '/service/' }],
    ['format', { format: 'dubbo-app' }],
    ['key', { key: 'instances/<service>/<id>' }],
  ])('stay after an edit of %s, until it is corrected', async (_key, source) => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd);
    await place.write(configOf(source));
    expect(await saysKept(running)).toMatchObject({ level: 'warn', target: 'web' });
    expect(await read(place)).toBe('web 8001\n');
    // The wrong source is watched, and what comes and goes in it changes nothing.
    await putKey(etcd, '/services/web/2', '192.0.2.1:8002');
    const from = running.lines().length;
    await place.write(configOf());
    await holds(place, 'web 8001 8002\n');
    await running.line(({ msg }) => msg === 'outputs changed', 'the change', from);
    await deleteKey(etcd, '/services/web/*');
    await holds(place, '');
    expect((await running.end()).code).toBe(0);
  });

  it('stay after an edit of the etcd block, and follow after guard.holdFor', async () => {
    const [etcd, other] = await Promise.all([startEtcd(), startEtcd()]);
    const { place, running } = await begin(etcd);
    await place.write({ ...configOf(), etcd: { endpoints: [other.endpoint] } });
    expect(await saysKept(running)).toMatchObject({ reason: 'source services: no key begins with /services/' });
    expect(await read(place)).toBe('web 8001\n');
    await place.write({ ...configOf({}, { guard: { holdFor: '1s' } }), etcd: { endpoints: [other.endpoint] } });
    await holds(place, '');
    await running.line(({ msg }) => msg.includes('`guard.holdFor` is over'), 'why');
    await running.end();
  });

  it('stay when the store was wiped while the watch was cut, and are in step when it is restored', async () => {
    const etcd = await startEtcd();
    const proxy = await startProxy(etcd.port);
    const { place, running } = await begin(etcd, configOf(), proxy.endpoint);
    await proxy.refuse();
    await etcd.restart({ wipe: true });
    await proxy.serve();
    await saysKept(running);
    expect(await read(place)).toBe('web 8001\n');
    await putKey(etcd, '/services/web/1', '192.0.2.1:8001');
    await running.line(({ msg }) => msg === 'the outputs are no longer kept: they are in step', 'the end');
    expect(await read(place)).toBe('web 8001\n');
    // From now on the watch tells: the last instance leaves.
    await deleteKey(etcd, '/services/web/1');
    await holds(place, '');
    await running.end();
  });

  it('stay when the list after a compaction is empty, until SIGHUP confirms it', async () => {
    const etcd = await startEtcd();
    const proxy = await startProxy(etcd.port);
    const { place, running } = await begin(etcd, configOf(), proxy.endpoint);
    await proxy.refuse();
    await deleteKey(etcd, '/services/web/1');
    const { header } = (await etcd.api('kv/range', { key: 'AA==' })) as { header: { revision: string } };
    await etcd.api('kv/compaction', { revision: header.revision, physical: true });
    await proxy.serve();
    await twice(running);
    await saysKept(running);
    expect(await read(place)).toBe('web 8001\n');
    running.send('SIGHUP');
    await holds(place, '');
    await running.line(({ msg }) => msg.includes('an operator has confirmed it'), 'why');
    await running.end();
  });

  it('are not confirmed by the SIGHUP that brings the wrong prefix', async () => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd);
    await place.write(configOf({ prefix: '/service/' }));
    running.send('SIGHUP');
    await saysKept(running);
    await running.line(({ msg }) => msg === 'the new config is in force', 'the new config');
    // Another pass, after everything that the signal has caused.
    const from = running.lines().length;
    await place.write(configOf({ prefix: '/service/' }, { guard: { holdFor: '5m' } }));
    await running.line(({ msg }) => msg === 'the new config is in force', 'the next config', from);
    expect(await read(place)).toBe('web 8001\n');
    running.send('SIGHUP');
    await holds(place, '');
    await running.end();
  });

  it('follow at once when the watch sees the last instance or pair go', async () => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd, { sources: [services, settings], targets: [target()] });
    await putKey(etcd, '/settings/a', 'one');
    await holds(place, 'web 8001\none\n');
    await deleteKey(etcd, '/services/web/1');
    await holds(place, 'one\n');
    await deleteKey(etcd, '/settings/a');
    await holds(place, '');
    expect(running.lines().filter(({ msg }) => msg === isKept)).toEqual([]);
    await running.end();
  });

  it.each([
    ['select of the target', configOf({}, { select: { tags: ['public'] } })],
    ['select of the source', configOf({ select: { tags: ['public'] } })],
    ['sources', { sources: [services, settings], targets: [target({ sources: ['settings'] })] }],
  ])('follow a changed %s at once', async (_what, config) => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd);
    await place.write(config);
    await holds(place, '');
    expect(running.lines().filter(({ msg }) => msg === isKept)).toEqual([]);
    await running.end();
  });

  it('stay over restarts with a wrong prefix, also under another name of the target', async () => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd);
    await place.write({ ...configOf({ prefix: '/service/' }), targets: [target({ name: 'renamed' })] });
    expect(await saysKept(running)).toMatchObject({ target: 'renamed' });
    await running.end();
    for (let round = 0; round < 2; round += 1) {
      const next = startRollcall(['run', '-c', place.file]);
      await saysKept(next);
      await next.end();
      expect(await read(place)).toBe('web 8001\n');
    }
  });

  it('have run --once exit 1, however often, and follow with --allow-empty', async () => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd, configOf({}, { guard: { holdFor: '1ms' } }));
    await running.end();
    await place.write(configOf({ prefix: '/service/' }, { guard: { holdFor: '1ms' } }));
    const once = (...more: string[]) => rollcall(['run', '--once', '-c', place.file, ...more]);
    for (let round = 0; round < 2; round += 1) {
      const kept = await once();
      expect(kept.code).toBe(1);
      expect(kept.stdout).toBe(
        'web: kept, because its view is empty: source services: no key begins with /service/; correct the source, or confirm with --allow-empty\n',
      );
      expect(await read(place)).toBe('web 8001\n');
    }
    expect(await once('--allow-empty')).toMatchObject({ code: 0, stdout: 'web: changed (1 updated)\n' });
    expect(await read(place)).toBe('');
    expect(await once()).toMatchObject({ code: 0, stdout: 'web: in step\n' });
    const alone = await rollcall(['run', '--allow-empty', '-c', place.file]);
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain("'--allow-empty' needs '--once'");
  });

  it('are empty at once with guard.holdFor 0', async () => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd, configOf({}, { guard: { holdFor: '0' } }));
    await place.write(configOf({ prefix: '/service/' }, { guard: { holdFor: '0' } }));
    await holds(place, '');
    await running.end();
  });

  it('are named by diff and render, which show what would come', async () => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd);
    await running.end();
    const note =
      'run keeps the outputs as they are for 600 s (guard.holdFor), because the view is empty: source services';
    const before = await rollcall(['diff', '-c', place.file]);
    expect(before).toMatchObject({ code: 0, stdout: '' });
    await place.write(configOf({ prefix: '/service/' }));
    const diff = await rollcall(['diff', '-c', place.file]);
    expect(diff).toMatchObject({ code: 1, stdout: expect.stringContaining('-web 8001') as string });
    expect(diff.stderr).toContain(`web: ${note}`);
    const render = await rollcall(['render', 'web', '-c', place.file]);
    expect(render).toMatchObject({ code: 0, stdout: '' });
    expect(render.stderr).toContain(note);
    await place.write(configOf({ prefix: '/service/' }, { guard: { holdFor: '0' } }));
    expect((await rollcall(['diff', '-c', place.file])).stderr).not.toContain('run keeps');
  });

  it('stay in a skydns target', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:8001');
    const skydns = (prefix: string) => ({
      sources: [{ ...services, prefix }],
      targets: [{ name: 'dns', skydns: { domain: 'svc.example.com', owner: 'test' } }],
    });
    const place = await createPlace(etcd, skydns('/services/'));
    const running = startRollcall(['run', '-c', place.file]);
    await running.line(({ msg }) => msg === 'outputs changed', 'the first keys');
    const before = await readKeys(etcd, '/skydns/');
    expect(Object.keys(before)).toHaveLength(1);
    await place.write(skydns('/service/'));
    await saysKept(running);
    expect(await readKeys(etcd, '/skydns/')).toEqual(before);
    running.send('SIGHUP');
    await until(async () => Object.keys(await readKeys(etcd, '/skydns/')).length === 0, { what: 'no key' });
    await running.end();
  });
});

describeWith('etcd', 'a source without keys', () => {
  it('is a warning in the log, once, that ends when a key is there', async () => {
    const etcd = await startEtcd();
    const proxy = await startProxy(etcd.port);
    // The list is at a later revision than that of a wiped store, which is therefore listed again.
    for (const key of ['/other/1', '/other/2']) await putKey(etcd, key, '');
    const place = await createPlace(proxy.endpoint, configOf({ prefix: '/service' }));
    await writeFile(place.at('web.hbs'), list);
    const running = startRollcall(['run', '-c', place.file]);
    const isWarning = ({ msg }: { msg: string }) => msg === 'no key begins with /service/';
    expect(await running.line(isWarning, 'the warning')).toMatchObject({
      ...{ level: 'warn', source: 'services', prefix: '/service/' },
      hint: expect.stringContaining('Correct the prefix') as string,
    });
    // A first deployment may be empty.
    await holds(place, '');
    await proxy.refuse();
    await etcd.restart({ wipe: true });
    await proxy.serve();
    await twice(running);
    await putKey(etcd, '/service/web/1', '192.0.2.1:8001');
    await running.line(({ msg }) => msg === 'there are keys now', 'the end of it');
    await holds(place, 'web 8001\n');
    expect(running.lines().filter(isWarning)).toHaveLength(1);
    // That the last key goes is no reason to doubt the prefix.
    await deleteKey(etcd, '/service/web/1');
    await holds(place, '');
    expect(running.lines().filter(isWarning)).toHaveLength(1);
    await running.end();
  });
});
