import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Service } from '../../src/model/instance.js';
import { sample } from '../render/hostile.js';
import { makeService } from '../render/views.js';
import { make, services } from './views.js';

const text = readFileSync(join(import.meta.dirname, '../../templates/hosts.hbs'), 'utf8');
const write = (list: readonly Service[], vars = {}) => make('hosts', text, { services: list, vars });
const here = [{ address: '192.0.2.1' }];

test('the example in its head comment is its output', () => {
  const web = makeService('web', [...here, { address: '2001:db8::1', family: 'ipv6' }]);
  const example = write([web], { domain: 'svc.example.com' }).text.trimEnd().replace(/^/gm, '    ');
  expect(text).toContain(example);
});

test.each([
  ['web', {}, '192.0.2.1 web\n'],
  ['WEB', { domain: 'Example.com' }, '192.0.2.1 web.example.com web\n'],
  ['a.b', { domain: 'example.com', short: false }, '192.0.2.1 a.b.example.com\n'],
  ['localhost', { domain: 'example.com', short: false }, '192.0.2.1 localhost.example.com\n'],
  ['x'.repeat(63), {}, `192.0.2.1 ${'x'.repeat(63)}\n`],
])('%s with %j', (name, vars, line) => {
  expect(write([makeService(name, here)], vars)).toEqual({ text: line, quarantined: [] });
});

test.each([
  ['www.example.org', {}, 'it has a dot'],
  ['www.example.org', { domain: 'example.com' }, 'it has a dot'],
  ['localhost', {}, 'the name is reserved'],
  ['LOCALHOST', { domain: 'example.com' }, 'the name is reserved'],
  ['db', { reserved: ['db'] }, 'the name is reserved'],
  ['', { domain: 'example.com', short: false }, 'a label is empty'],
  ['web.', { domain: 'example.com', short: false }, 'a label is empty'],
  ['a_b', {}, 'letters, digits and inner hyphens only'],
  ['x'.repeat(64), {}, 'longer than 63'],
  ['x', { domain: Array(5).fill('y'.repeat(60)).join('.') }, 'longer than 253'],
])('%s with %j is rejected', (name, vars, reason) => {
  const { text: out, quarantined } = write([makeService(name, here)], vars);
  expect(out).toBe('');
  expect(quarantined).toMatchObject([{ service: name, reason: expect.stringContaining(reason) as string }]);
});

/** hosts(5), as glibc reads it: `#` ends a line, fields are separated by blanks and tabs. */
function parse(file: string): [string, string[]][] {
  const lines = file.split('\n').map((line) => line.replace(/#.*/, '').trim());
  return lines.filter(Boolean).map((line) => {
    const [address = '', ...names] = line.split(/[ \t]+/);
    return [address, names];
  });
}

test('services of any name are rejected, or have lines of their own', () => {
  const names = [...new Set([...sample(300), 'b', 'A', 'x-1'])].sort();
  const { text: out, quarantined } = write(names.map((name) => makeService(name, here)), { domain: 'svc.example.com' });
  const gone = new Set(quarantined.map(({ service }) => service));
  const kept = names.filter((name) => !gone.has(name)).map((name) => name.toLowerCase());
  expect(kept.length).toBeGreaterThan(2);
  expect(parse(out)).toEqual(kept.map((name) => ['192.0.2.1', [`${name}.svc.example.com`, name]]));
});

test('a thousand instances, those of weight 0 left out', () => {
  const up = (services.crowd ?? []).flatMap(({ instances }) => instances.filter(({ weight }) => weight > 0));
  expect(parse(write(services.crowd ?? []).text)).toEqual(up.map(({ address }) => [address, ['crowd']]));
});
