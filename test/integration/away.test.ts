import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';
import { until } from '../support/poll.js';

const config = (reload?: object): object => ({
  sources: [{ name: 'services', prefix: '/away/' }],
  targets: [{ name: 'web', files: [{ path: 'out.json', template: 'json' }], ...(reload && { reload }) }],
});

/** A place with the output, journal and snapshot of a first run, and an etcd that has stopped since. */
async function left(etcd: EtcdServer, reload?: object): Promise<{ place: Place; text: string }> {
  const place = await createPlace(etcd, config(reload));
  const first = startRollcall(['run', '-c', place.file]);
  await first.line(({ msg }) => msg.startsWith('outputs changed'), 'the first output');
  await first.end();
  return { place, text: await readFile(place.at('out.json'), 'utf8') };
}

describeWith('etcd', 'while etcd does not answer', () => {
  it('logs it once, waits, and goes on by itself when etcd starts', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/away/web/1', '192.0.2.1:80');
    await etcd.kill();
    const place = await createPlace(etcd, config());
    const process = startRollcall(['run', '-c', place.file]);
    const waiting = await process.line(({ msg }) => msg === 'waiting for etcd', 'its complaint');
    expect(waiting).toMatchObject({ level: 'warn', source: 'services', endpoint: etcd.endpoint });
    expect(waiting.error).toContain('ECONNREFUSED');
    await expect(stat(place.at('out.json'))).rejects.toThrow('ENOENT');
    await etcd.start();
    await process.line(({ msg }) => msg === 'outputs changed', 'the first output');
    expect(await readFile(place.at('out.json'), 'utf8')).toContain('192.0.2.1');
    const complaints = process.lines().filter(({ level }) => level === 'warn');
    expect(new Set(complaints.map(({ error }) => error)).size).toBe(complaints.length);
    expect((await process.end()).code).toBe(0);
    await etcd.stop();
  });

  it('restores a damaged or removed output and runs a pending reload, from the last good snapshot', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/away/web/1', '192.0.2.1:80');
    const reload = { command: ['sh', '-c', 'test -e allowed && echo x >> reloads'], minInterval: '10ms' };
    const place = await createPlace(etcd, config(reload));
    const first = startRollcall(['run', '-c', place.file]);
    const failed = await first.line(({ result }) => result === 'failed', 'the failed reload');
    expect(failed.code).toBe('RELOAD_FAILED');
    await first.end();
    const text = await readFile(place.at('out.json'), 'utf8');
    await etcd.kill();
    await writeFile(place.at('allowed'), '');

    await rm(place.at('out.json'));
    const second = startRollcall(['run', '-c', place.file]);
    const stale = await second.line(({ msg }) => msg.includes('last good snapshot'), 'that it is stale');
    expect(stale.level).toBe('warn');
    await second.line(({ result }) => result === 'reloaded', 'the pending reload');
    expect(await readFile(place.at('out.json'), 'utf8')).toBe(text);
    expect(await readFile(place.at('reloads'), 'utf8')).toBe('x\n');
    await second.end();

    await writeFile(place.at('out.json'), 'damaged');
    const third = startRollcall(['run', '-c', place.file]);
    await third.line(({ result }) => result === 'reloaded', 'the repair');
    expect(await readFile(place.at('out.json'), 'utf8')).toBe(text);
    await third.end();
  });

  it('does not revert newer outputs to an older snapshot', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/away/web/1', '192.0.2.1:80');
    const { place } = await left(etcd);
    const kept = place.at('state', 'snapshot');
    const older = await readFile(kept);
    await putKey(etcd, '/away/web/2', '192.0.2.2:80');
    const second = startRollcall(['run', '-c', place.file]);
    await second.line(({ msg }) => msg === 'outputs changed', 'the newer output');
    await second.end();
    await writeFile(kept, older);
    await etcd.kill();
    const text = await readFile(place.at('out.json'), 'utf8');
    expect(text).toContain('192.0.2.2');

    const third = startRollcall(['run', '-c', place.file]);
    const waiting = await third.line(({ msg }) => msg === 'waiting', 'that it waits');
    expect(waiting.reason).toBe('the last good snapshot is older than the outputs: services');
    expect(await readFile(place.at('out.json'), 'utf8')).toBe(text);
    await etcd.start();
    const before = third.lines().length;
    await third.line(({ msg }) => msg === 'watching', 'etcd again', 0);
    await putKey(etcd, '/away/web/3', '192.0.2.3:80');
    await third.line(({ msg }) => msg === 'outputs changed', 'the next change', before);
    expect(await readFile(place.at('out.json'), 'utf8')).toContain('192.0.2.3');
    await third.end();
    await etcd.stop();
  });

  it('keeps its outputs when etcd is killed, and takes up the changes in between afterwards', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/away/web/1', '192.0.2.1:80');
    const place = await createPlace(etcd, config());
    const process = startRollcall(['run', '-c', place.file]);
    await process.line(({ msg }) => msg === 'outputs changed', 'the first output');
    const text = await readFile(place.at('out.json'), 'utf8');
    await etcd.kill();
    await process.line(({ msg }) => msg === 'waiting for etcd', 'its complaint');
    expect(await readFile(place.at('out.json'), 'utf8')).toBe(text);
    await etcd.start();
    await putKey(etcd, '/away/web/2', '192.0.2.2:80');
    await until(async () => (await readFile(place.at('out.json'), 'utf8')).includes('192.0.2.2'), {
      what: 'the new instance',
      deadline: 20_000,
    });
    await process.end();
    await etcd.stop();
  });
});
