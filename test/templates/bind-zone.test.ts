import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Service } from '../../src/model/instance.js';
import { sample, seed } from '../render/hostile.js';
import { makeService } from '../render/views.js';
import { describeWith } from '../support/binaries.js';
import { tempDir } from '../support/temp.js';
import { make, services } from './views.js';

const text = readFileSync(join(import.meta.dirname, '../../templates/bind-zone.hbs'), 'utf8');
const vars = { zone: 'svc.example.com', ns: ['ns1.example.com'] };
const zoneOf = (list: readonly Service[], more: object = {}) =>
  make('bind-zone', text, { services: list, vars: { ...vars, ...more } });

test('the example in its head comment is its output', () => {
  const example = zoneOf([makeService('web', [{ weight: 5 }])]).text.trimEnd().replace(/^(?=.)/gm, '    ');
  expect(text).toContain(example);
});

test('services with the name of a name server are rejected', () => {
  const { text: zone, quarantined } = zoneOf([makeService('NS1', [{}]), makeService('web', [{}])], {
    ns: ['ns1.svc.example.com'],
    glue: [{ name: 'ns1.svc.example.com', address: '2001:db8::53' }],
  });
  expect(quarantined.map(({ service }) => service)).toEqual(['NS1']);
  expect(zone).toContain('\nns1.svc.example.com. AAAA 2001:db8::53\n');
});

describeWith('named-checkzone', 'with a real BIND', (program) => {
  const judge = async (zone: string): Promise<string> => {
    const file = join(await tempDir('rollcall-zone-'), 'zone');
    await writeFile(file, zone);
    return promisify(execFile)(program, ['-i', 'local', '-k', 'fail', '-D', '-s', 'full', '-o', '-', vars.zone, file]).then(
      ({ stdout }) => stdout,
      (error: unknown) => {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        throw new Error(stdout + stderr);
      },
    );
  };

  test.each(Object.entries(services))('%s is a valid zone', async (_name, list) => {
    const loaded = await judge(zoneOf(list).text);
    expect(loaded).toMatch(/\sSOA\s+ns1\.example\.com\. hostmaster\.svc\.example\.com\. 1 300 30 604800 5\n/);
    expect(loaded.match(/\sSRV\s/g)?.length ?? 0).toBe(
      zoneOf(list).text.match(/ SRV /g)?.length ?? 0,
    );
  });

  test('a thousand instances have their records', async () => {
    const loaded = await judge(zoneOf(services.crowd ?? []).text);
    const up = (services.crowd ?? []).flatMap(({ instances }) => instances.filter(({ weight }) => weight > 0));
    expect(up.length).toBeGreaterThan(800);
    expect(loaded.match(/^crowd\.svc\.example\.com\.\s.*\sA\s/gm)).toHaveLength(up.length);
    expect(loaded.match(/^_crowd\._tcp\.svc\.example\.com\.\s.*\sSRV\s/gm)).toHaveLength(up.length);
  });

  test(`services of any name are rejected or give BIND a valid zone (seed ${seed})`, async () => {
    const names = [...sample(200), 'x'.repeat(63), 'x'.repeat(64), 'web.', '_tcp', 'xn--caf-dma', '1', 'addr', 'in', 'a', 'ttl'];
    const { text: zone, quarantined } = zoneOf(
      [...new Set(names)].sort().map((name) => makeService(name, [{}, { address: 'a.example.org', family: 'name' }])),
    );
    const gone = new Set(quarantined.map(({ service }) => service));
    const kept = [...new Set(names)].filter((name) => !gone.has(name));
    expect(kept.length).toBeGreaterThan(5);
    expect(gone.size).toBeGreaterThan(50);
    const loaded = await judge(zone);
    for (const name of kept) expect(loaded).toContain(`\n_${name.toLowerCase()}._tcp.svc.example.com.`);
    expect(new Set(loaded.match(/^_\S+/gm)).size).toBe(kept.length);
  });
});
