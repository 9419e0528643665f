import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Service } from '../../src/model/instance.js';
import { makeService } from '../render/views.js';
import { describeWith } from '../support/binaries.js';
import { checkPrometheus } from '../support/prometheus.js';
import { tempDir } from '../support/temp.js';
import { make, services } from './views.js';

interface Group {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

const text = readFileSync(join(import.meta.dirname, '../../templates/prometheus-file-sd.hbs'), 'utf8');
const write = (list: readonly Service[], vars = {}): string => make('prometheus-file-sd', text, { services: list, vars }).text;
const read = (list: readonly Service[], vars = {}): Group[] => JSON.parse(write(list, vars)) as Group[];

test('brackets IPv6, leaves critical out unless it is asked for, keeps draining and weight 0', () => {
  const web = makeService('web', [
    { address: '2001:db8::1', host: '[2001:db8::1]', family: 'ipv6', weight: 0 },
    { address: 'a.example.com', family: 'name', status: 'draining', port: 81 },
    { address: '192.0.2.1', status: 'critical' },
  ]);
  expect(read([web]).map(({ targets }) => targets)).toEqual([['[2001:db8::1]:8080'], ['a.example.com:81']]);
  const all = read([web], { critical: true });
  expect(all.map(({ labels }) => labels.__meta_rollcall_status)).toEqual(['passing', 'draining', 'critical']);
  expect(read([makeService('empty', [], true)])).toEqual([]);
});

test('makes names of labels from metadata keys, and __scheme__ from an HTTP scheme', () => {
  const metadata = { 'a.b': 'first', 'a-b': 'second', 'x y': '1', x_y: 'as written', '9': 'digit', é: 'letter' };
  const web = makeService('web', [{ metadata, scheme: 'https', tags: ['a', 'b,c'] }, { scheme: 'grpc' }]);
  const [one, two] = read([web], { serviceLabel: '' });
  expect(one?.labels).toMatchObject({
    __scheme__: 'https',
    __meta_rollcall_tags: ',a,b,c,',
    __meta_rollcall_metadata_a_b: 'first',
    __meta_rollcall_metadata_x_y: 'as written',
    __meta_rollcall_metadata_9: 'digit',
    __meta_rollcall_metadata__: 'letter',
  });
  expect(two?.labels).not.toHaveProperty('__scheme__');
  expect(two?.labels).toMatchObject({ __meta_rollcall_scheme: 'grpc', __meta_rollcall_tags: '' });
  expect(one?.labels).not.toHaveProperty('service');
});

describeWith('promtool', 'with a real promtool', () => {
  test.each(Object.entries(services))('%s is a valid file', async (_name, list) => {
    const dir = await tempDir('rollcall-prometheus-');
    await writeFile(join(dir, 'targets.json'), write(list));
    await writeFile(
      join(dir, 'prometheus.yml'),
      'scrape_configs: [{ job_name: roll, file_sd_configs: [{ files: [targets.json] }] }]\n',
    );
    expect(await checkPrometheus(join(dir, 'prometheus.yml'))).toBe('');
    const up = list.flatMap(({ instances }) => instances.filter(({ status }) => status !== 'critical'));
    const groups = read(list);
    expect(groups).toHaveLength(up.length);
    for (const { labels } of groups)
      for (const [name, value] of Object.entries(labels)) {
        expect(name).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
        expect(value).toBeTypeOf('string');
      }
  });
});
