import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Instance } from '../../src/model/instance.js';
import { sample } from '../render/hostile.js';
import { makeService } from '../render/views.js';
import { make } from './views.js';

const folder = join(import.meta.dirname, '../../templates');
const templates = readdirSync(folder).map((file) => file.replace(/\.hbs$/, ''));

const vars: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'bind-zone': { zone: 'svc.example.com', ns: ['ns1.example.com'] },
  dotenv: { services: true },
  'haproxy-map': { metadata: 'host', tag: 'host=' },
  'nginx-map': { prefix: 'rc_', metadata: 'host', tag: 'host=' },
};

const good = makeService('good', [
  { address: '203.0.113.1', metadata: { host: 'good.example.org' }, tags: ['host=tagged.example.org'] },
]);

/** An instance with an odd text in every field that a registrant chooses freely. */
const odd = (text: string, index: number): Partial<Instance> => ({
  id: text,
  key: `/services/odd/${text}`,
  address: `198.51.100.${index % 250}`,
  port: 1 + index,
  zone: text,
  version: text,
  scheme: text,
  tags: [text, `host=${text}`],
  metadata: { host: text, [text]: text },
});

test.each(templates)('%s writes a good service whatever its neighbours are', (name) => {
  const text = readFileSync(join(folder, `${name}.hbs`), 'utf8');
  const write = (...services: Parameters<typeof make>[2]['services'] & object): string =>
    make(name, text, { services, vars: vars[name] ?? {} }).text;
  const texts = sample(300);
  const neighbours = [
    ...texts.map((each, index) => makeService(each, [odd(each, index)])),
    makeService('values', texts.map(odd)),
  ].filter((service) => service.name !== 'good');
  const lines = (written: string): string[] => written.split('\n').map((line) => line.replace(/,$/, ''));
  const alone = lines(write(good));
  const among = new Set(lines(write(good, ...neighbours)));
  expect(alone.filter((line) => !among.has(line) && line !== '')).toEqual([]);
});

test.each(['nginx-map', 'haproxy-map'])('%s keeps a service whose every other host name is odd', (name) => {
  const text = readFileSync(join(folder, `${name}.hbs`), 'utf8');
  const host = sample(300).flatMap((each, index) => [each, `h${index}.example.org`]);
  const { text: written, quarantined } = make(name, text, {
    services: [makeService('web', [{ metadata: { host: host.join(' ') } }])],
    vars: vars[name] ?? {},
  });
  for (let index = 0; index < host.length / 2; index++) expect(written).toMatch(new RegExp(`h${index}\\.example\\.org"? `));
  expect(quarantined.every(({ hostName }) => hostName !== undefined)).toBe(true);
});
