import { beforeAll, expect, it } from 'vitest';
import { isAutoChoice } from '../../src/formats/choice.js';
import type { Instance } from '../../src/model/instance.js';
import { isRead, patterns, samples, several, shapeOf, specOf, wanted } from '../formats/samples.js';
import type { ExpectedInstance } from '../formats/samples.js';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';

interface Put {
  /** The framework of one fixture file, or one of its cases with several keys. */
  readonly group: string;
  readonly format: string;
  /** The settings of the source that reads it. */
  readonly prefix: string;
  readonly trustValue: boolean;
  readonly key: string;
  readonly value: string;
}
interface Row {
  readonly group: string;
  readonly format: string;
  readonly service: string;
  readonly id: string | undefined;
  readonly like: ExpectedInstance;
}

/** Frameworks that share their prefix with another one: this test puts their keys below a prefix of their own. */
const moved = ['go-kit', 'easegress', 'spring-etcd-json', 'json-hostport', 'plain-single', 'grpclb-weight', 'patroni'];
const place = (group: string, prefix: string, key: string) =>
  `/below/${group}/${prefix.length}/${key.replace(/^\//, '')}`;

const puts: Put[] = samples.map(({ format, prefix, trustValue = false, key, value }) => {
  const away =
    prefix === '' || prefix === '/' || moved.includes(format) || (prefix === '/services/' && format !== 'dubbo-app');
  const at = away ? { prefix: place(format, prefix, prefix), key: place(format, prefix, key) } : { prefix, key };
  return { group: format, format, trustValue, value, ...at };
});
const rows: Row[] = samples.flatMap(({ format, expect: expected }) =>
  (expected?.instances ?? []).map((like) => ({
    group: format,
    format,
    service: expected?.service ?? '',
    id: expected?.instance,
    like,
  })),
);
several.forEach(({ format, prefix, pairs, expect: expected }, at) => {
  const group = `${format}-${at}`;
  for (const [key, value] of pairs)
    puts.push({
      group,
      format,
      trustValue: false,
      prefix: place(group, prefix, prefix),
      key: place(group, prefix, key),
      value,
    });
  for (const [service, list] of Object.entries(expected))
    for (const like of list) rows.push({ group, format, service, id: undefined, like });
});

const groups = [...new Map(puts.filter(isRead).map(({ group, format }) => [group, format]))];
const sources = groups.flatMap(([group, format]) => {
  const own = puts.filter((put) => put.group === group);
  return [...new Set(own.map(({ prefix }) => prefix))].map((prefix, at) => ({
    name: `${group}-${at}`,
    prefix,
    format: specOf(format),
    ...(patterns[format] !== undefined && { key: patterns[format] }),
    trustValue: own.some((put) => put.prefix === prefix && put.trustValue),
  }));
});
const groupOf = (source: string) => source.replace(/-\d+$/, '');

/** Of several keys of a service with one address and port, the newest counts: the one that was put last. */
function expectedRows(chosen: readonly Row[]): readonly Row[] {
  const places = chosen
    .filter(({ like }) => like.port !== null)
    .map((row) => [`${row.group} ${row.service} ${row.like.address} ${row.like.port}`, row] as const);
  return [...new Map(places).values()];
}

interface Shown {
  readonly instances: readonly Instance[];
  readonly sources: readonly { readonly source: string; readonly format: string; readonly keys: number }[];
}

function compare(shown: Shown, chosen: readonly Row[]): void {
  const left = [...shown.instances];
  for (const { group, service, id, like } of expectedRows(chosen)) {
    const at = left.findIndex(
      (it) =>
        groupOf(it.source) === group &&
        it.service === service &&
        it.address === like.address &&
        it.port === like.port &&
        (id === undefined || it.id === id),
    );
    const [found] = at === -1 ? [] : left.splice(at, 1);
    expect(found && shapeOf(found, like), `${group}: ${service} ${id} ${like.address}`).toEqual(wanted(like));
  }
  expect(left).toEqual([]);
}

const targets = [{ name: 'web', files: [{ path: 'out.json', template: 'json' }] }];

describeWith('etcd', 'one etcd with the registrations of every framework', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
    // One after the other, in the order of the fixtures.
    for (const { key, value } of puts) await putKey(etcd, key, value);
  });
  const services = async (config: object, ...args: string[]) => {
    const { file } = await createPlace(etcd, config);
    return rollcall(['services', '-c', file, '--timeout', '60s', ...args]);
  };

  it('is read by each format as the framework itself would read it', async () => {
    expect(sources.length).toBeGreaterThan(30);
    const { code, stdout } = await services({ sources, targets }, '-o', 'json');
    expect(code).toBe(0);
    const shown = JSON.parse(stdout) as Shown;
    compare(shown, rows.filter(isRead));
    expect(shown.sources.reduce((sum, { keys }) => sum + keys, 0)).toBe(
      new Set(puts.filter(isRead).map(({ key }) => key)).size,
    );

    const table = await services({ sources, targets });
    const lines = table.stdout.split('\n').slice(1, -1);
    const cells = lines.map((line) => line.split(/ {2,}/).slice(0, 3).join('  '));
    expect(cells.toSorted()).toEqual(
      shown.instances.map(({ service, host, port, status }) => `${service}  ${host}:${port}  ${status}`).toSorted(),
    );
  });

  it('is read the same with the formats that auto detects', async () => {
    const named = new Set<unknown>([
      'go-kit',
      'registrator',
      'grpclb',
      'spring-etcd',
      'json-hostport',
      'spring-etcd-json',
    ]);
    // Below another root, the order of the labels is unknown.
    const decidable = groups.filter(
      ([group, format]) => (isAutoChoice(format) || format === 'go-zero' || named.has(format)) && group !== 'skydns-3',
    );
    expect(decidable.length).toBeGreaterThan(25);
    const left = decidable.map(([group]) => group);
    const auto = sources
      .filter(({ name }) => left.includes(groupOf(name)))
      .map(({ name, prefix, trustValue }) => ({ name, prefix, trustValue, format: 'auto' }));
    const { code, stdout } = await services({ sources: auto, targets }, '-o', 'json');
    expect(code).toBe(0);
    const shown = JSON.parse(stdout) as Shown;
    compare(
      shown,
      rows.filter(({ group }) => left.includes(group)),
    );
    const listed = new Set(shown.instances.map(({ source }) => source));
    const decided = shown.sources.filter(({ source }) => listed.has(source));
    const known = new Map(decidable);
    for (const { source, format } of decided) {
      const own = known.get(groupOf(source)) ?? '';
      expect(format, source).toBe(isAutoChoice(own) ? own : own.includes('json') ? 'json' : 'plain');
    }
  });

  it('never shows the credentials in its values, in any format', async () => {
    const secret = 'rep-pass';
    expect(puts.filter(({ value }) => value.includes(secret)).length).toBeGreaterThan(0);
    const outputs: string[] = [];
    for (const format of ['patroni', 'plain', 'json', 'auto']) {
      const config = {
        sources: [{ name: 'patroni', prefix: place('patroni', '/service/', '/service/'), format }],
        targets,
      };
      const { file } = await createPlace(etcd, config);
      const [shown, ran] = await Promise.all([
        rollcall(['services', '-c', file, '-o', 'wide', '--timeout', '60s']),
        startRollcall(['run', '--once', '-c', file]).ended,
      ]);
      outputs.push(shown.stdout, shown.stderr, ran.stdout, ran.stderr);
    }
    expect(outputs.join('\n')).toContain('pg3');
    expect(outputs.filter((output) => output.includes(secret))).toEqual([]);
  });
});
