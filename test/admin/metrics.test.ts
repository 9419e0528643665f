import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { metricGroups } from '../../src/admin/metrics/catalogue.js';
import { askAdmin } from '../support/admin.js';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { readExposition, valueOf, type Series } from '../support/exposition.js';
import { deleteKey, putKey, putKeys } from '../support/keys.js';
import { expressionsOf } from '../support/monitoring.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';

const metrics = Object.values(metricGroups).flat();
const sourceNames = Array.from({ length: 12 }, (_, at) => `s${at}`);
const sources = [
  { name: 'services', prefix: '/services/', format: 'plain' },
  ...sourceNames.map((name) => ({ name, prefix: `/${name}/`, format: 'json' })),
];
const command = { command: ['true'] };

describeWith('etcd', 'the metrics of a running process', () => {
  let etcd: EtcdServer;
  let place: Place;
  let rollcall: Running;
  let port: number;

  const configOf = (targets: readonly object[]) => ({ admin: { listen: `127.0.0.1:${port}` }, sources, targets });
  const file = (name: string) => [{ path: place.at(`${name}.out`), template: 'json' }];
  const all = () => [
    { name: 'big', files: file('big'), check: { command: ['true'] }, reload: { ...command, minInterval: '1ms' } },
    { name: 'plain', sources: ['services'], files: file('plain') },
    { name: 'third', sources: sourceNames, files: file('third'), reload: command, guard: 'off' },
  ];
  const scrape = async () => {
    const { status, text } = await askAdmin({ host: '127.0.0.1', port, path: '/metrics' });
    expect(status).toBe(200);
    return readExposition(text);
  };

  beforeAll(async () => {
    etcd = await startEtcd();
    const names = Array.from({ length: 10_000 }, (_, at) => `service-${at}`);
    await putKeys(
      etcd,
      Object.fromEntries(names.map((name, at) => [`/services/${name}/1`, `10.0.${at >> 8}.${at & 255}:80`])),
    );
    // More codes than a source may have series for.
    const bad: [string, string][] = [
      ...['rubbish', '0.0.0.0:80', '192.0.2.1:99999', 'http://'].map((value, at): [string, string] => [
        `/services/bad/${at}`,
        value,
      ]),
      ['/s0/a/1', '"x"'],
      ['/s0/a/2', '{"port":1}'],
      ['/s0/a/3', '{"host":"192.0.2.1"}'],
      ['/s0/a/4', '{"host":"192.0.2.1","port":70000}'],
      ['/s0/a/5', '{"host":"0.0.0.0","port":1}'],
      ['/s0/a/6', '{"host":"bad host","port":1}'],
      ['/s0/a/7', '{"host":"192.0.2.1","port":1,"weight":-1}'],
      ['/s0/a/8', '{"host":"192.0.2.1","port":1,"status":"strange"}'],
      ['/s0/a/9', '{"host":"192.0.2.1","port":1,"service":"other"}'],
      ['/s0/a', '{"host":"192.0.2.1","port":1}'],
    ];
    await putKeys(etcd, Object.fromEntries(bad));
    port = await freePort();
    place = await createPlace(etcd, {});
    await place.write(configOf(all()));
    rollcall = startRollcall(['run', '-c', place.file]);
    await rollcall.line(({ msg, listen }) => msg === 'the admin server listens' && listen !== 'admin.sock', 'HTTP');
    await until(async () => valueOf(await scrape(), 'rollcall_in_step') === 1);
  });

  it('has no more series for a target or a source than is promised, and no label of another name', async () => {
    const { series } = await scrape();
    const count = (matches: (one: Series) => boolean): number => series.filter(matches).length;
    for (const { name } of all()) {
      const own = count(({ labels }) => labels.target === name);
      expect(own, name).toBeGreaterThan(40);
      expect(own, name).toBeLessThanOrEqual(60);
    }
    for (const { name } of sources)
      expect(
        count(({ labels }) => labels.source === name && labels.target === undefined),
        name,
      ).toBeLessThanOrEqual(20);
    expect(count(({ labels }) => labels.source === 's0' && labels.target === undefined)).toBe(20);
    const labels = new Set(series.flatMap((one) => Object.keys(one.labels)));
    expect([...labels].sort()).toEqual(['code', 'le', 'source', 'target']);
    // No name of a service, an instance or a key.
    expect(JSON.stringify(series)).not.toMatch(/service-\d|10\.0\./);
  });

  it('has every metric that is described, of its type, and no other of its own', async () => {
    const { series, types } = await scrape();
    const own = [...types].filter(([name]) => !/^(process|nodejs)_/.test(name) || name === 'process_cpu_seconds_total');
    expect(Object.fromEntries(own)).toEqual(Object.fromEntries(metrics.map(({ name, type }) => [name, type])));
    for (const { name, type, labels, help } of metrics) {
      const suffixes = { histogram: ['_bucket', '_sum', '_count'], summary: ['_sum', '_count'] };
      const names = type in suffixes ? suffixes[type as keyof typeof suffixes].map((end) => name + end) : [name];
      const found = series.filter((one) => names.includes(one.name));
      // What this config has no part for.
      expect(found.length > 0, name).toBe(!help.includes('Absent without'));
      for (const one of found)
        expect(
          Object.keys(one.labels)
            .filter((label) => label !== 'le')
            .sort(),
          name,
        ).toEqual([...labels].sort());
      if (labels.includes('code') && !name.startsWith('rollcall_source_rejected'))
        for (const one of found) expect(help).toContain(`\`${one.labels.code ?? ''}\``);
      expect(name).toMatch(type === 'counter' ? /_total$/ : /[a-z](?<!_total)$/);
    }
    for (const name of ['process_resident_memory_bytes', 'process_open_fds', 'process_start_time_seconds'])
      expect(valueOf({ series, types }, name)).toBeGreaterThan(0);
  });

  it.each(['rollcall.rules.yml', 'rollcall-dashboard.json'])('has every metric that %s names', async (name) => {
    const text = await readFile(join(import.meta.dirname, '../../monitoring', name), 'utf8');
    // What is in braces are names of labels and their values.
    const expressions = expressionsOf(name, text).map((one) => one.replace(/\{[^}]*\}/g, ''));
    const named = expressions.flatMap((one) => one.match(/\b(?:rollcall|workqueue|process|nodejs)_\w+/g) ?? []);
    expect(new Set(named).size).toBeGreaterThan(8);
    const present = new Set((await scrape()).series.map((one) => one.name));
    expect(named.filter((one) => !present.has(one))).toEqual([]);
  });

  it('tells the numbers of the sources', async () => {
    const found = await scrape();
    const services = { source: 'services' };
    expect(valueOf(found, 'rollcall_source_services', services)).toBe(10_000);
    expect(valueOf(found, 'rollcall_source_rejected', services)).toBe(4);
    expect(valueOf(found, 'rollcall_source_watch_alive', services)).toBe(1);
    expect(valueOf(found, 'rollcall_source_lists_total', { ...services, code: 'start' })).toBe(1);
    const codes = found.series.filter(({ name, labels }) => name.endsWith('_by_code') && labels.source === 's0');
    expect(codes.map(({ labels }) => labels.code)).toContain('other');
    const sum = codes.reduce((total, { value }) => total + value, 0);
    expect(sum).toBe(valueOf(found, 'rollcall_source_rejected', { source: 's0' }));
  });

  it('counts a change, its check, its reload and how long it took', async () => {
    const before = await scrape();
    const plus = (name: string, labels: Readonly<Record<string, string>>, found: typeof before): number =>
      (valueOf(found, name, labels) ?? 0) - (valueOf(before, name, labels) ?? 0);
    await putKey(etcd, '/services/web/new', '192.0.2.9:80');
    await until(async () => (await readFile(place.at('big.out'), 'utf8')).includes('192.0.2.9'));
    const big = { target: 'big' };
    const after = await until(async () => {
      const found = await scrape();
      return plus('rollcall_target_event_to_applied_seconds_count', big, found) > 0 && found;
    });
    expect(plus('rollcall_target_event_to_written_seconds_count', big, after)).toBe(1);
    const seconds = plus('rollcall_target_event_to_written_seconds_sum', big, after);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(plus('rollcall_target_event_to_applied_seconds_sum', big, after));
    expect(plus('rollcall_target_checks_total', { ...big, code: 'accepted' }, after)).toBeGreaterThan(0);
    expect(plus('rollcall_target_reloads_total', { ...big, code: 'acknowledged' }, after)).toBe(1);
    expect(plus('rollcall_target_reload_duration_seconds_sum', big, after)).toBeGreaterThan(0);
    expect(plus('rollcall_source_changes_total', { source: 'services' }, after)).toBe(1);
    expect(plus('workqueue_adds_total', {}, after)).toBeGreaterThanOrEqual(2);
    expect(valueOf(after, 'rollcall_target_output_bytes', big)).toBe((await readFile(place.at('big.out'))).length);
    // The target without the source is not touched, and one without a reload has the change once it is written.
    expect(plus('rollcall_target_passes_total', { target: 'third', code: 'ok' }, after)).toBe(0);
    expect(plus('rollcall_target_event_to_applied_seconds_count', { target: 'plain' }, after)).toBe(1);
  });

  it('tells what the guard holds, and nothing of it after the release', async () => {
    await deleteKey(etcd, '/services/service-*');
    await until(async () => (valueOf(await scrape(), 'rollcall_target_held', { target: 'plain' }) ?? 0) >= 10_000, {
      deadline: 40_000,
    });
    expect(valueOf(await scrape(), 'rollcall_target_in_step', { target: 'plain' })).toBe(1);
    const socketPath = place.at('state', 'admin.sock');
    await askAdmin({ socketPath, path: '/api/targets/plain/release', method: 'POST' });
    await until(async () => valueOf(await scrape(), 'rollcall_target_held', { target: 'plain' }) === 0, {
      deadline: 40_000,
    });
  });

  it('drops the series of a removed target, and counts a config that is refused', async () => {
    await place.write(configOf(all().slice(0, 2)));
    await until(async () => valueOf(await scrape(), 'rollcall_config_generation') === 2, { deadline: 40_000 });
    const found = await scrape();
    expect(found.series.filter(({ labels }) => labels.target === 'third')).toEqual([]);
    // What was counted of the others goes on.
    const kept = valueOf(found, 'rollcall_target_event_to_written_seconds_count', { target: 'big' });
    expect(kept).toBeGreaterThan(1);

    await place.write({ ...configOf(all().slice(0, 2)), nonsense: true });
    await until(async () => valueOf(await scrape(), 'rollcall_config_refused') === 1);
    expect(valueOf(await scrape(), 'rollcall_config_refusals_total')).toBe(1);
    await place.write(configOf(all().slice(0, 1)));
    await until(async () => valueOf(await scrape(), 'rollcall_config_refused') === 0);
    expect(valueOf(await scrape(), 'rollcall_config_refused_timestamp_seconds')).toBeGreaterThan(0);
  });

  it('needs no token and no name of the host, on HTTP and on the socket', async () => {
    const ask = { path: '/metrics', headers: { host: 'any.example' } };
    const found = await askAdmin({ ...ask, socketPath: place.at('state', 'admin.sock') });
    expect(found).toMatchObject({ status: 200 });
    expect(await askAdmin({ ...ask, host: '127.0.0.1', port })).toMatchObject({ status: 200 });
  });
});

describe('the names of the metrics', () => {
  it('are of rollcall, or those that others know', () => {
    for (const { name } of metrics) expect(name).toMatch(/^(rollcall|workqueue|process)_[a-z_]+$/);
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
  });
});
