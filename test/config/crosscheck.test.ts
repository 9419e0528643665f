import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crosscheck } from '../../src/config/crosscheck.js';
import { targetKinds } from '../../src/targets/registry.js';

const config = (...paths: string[][]) => ({
  sources: [{ name: 'web', prefix: '/web/' }],
  targets: paths.map((files, index) => ({ name: `t${index}`, files: files.map((path) => ({ path })) })),
});
const found = (...paths: string[][]): string[] =>
  crosscheck(config(...paths), targetKinds).map(
    ({ path, message, severity }) => `${severity} ${path.join('.')}: ${message}`,
  );

const meetings: [what: string, a: string, b: string][] = [
  ['a file and a fan-out that can make it', '/d/upstreams.conf', '/d/{{service.name}}.conf'],
  ['a file that is a fan-out’s with an empty name', '/d/a-.conf', '/d/a-{{service.name}}.conf'],
  ['a file and a fan-out of two tags', '/d/a-web-b-eu.conf', '/d/a-{{service.name}}-b-{{ vars.zone }}.conf'],
  ['a file and a fan-out without escaping', '/d/web.conf', '/d/{{{service.name}}}.conf'],
  ['a file and a fan-out with a block', '/d/web.conf', '/d/{{#if vars.x}}x-{{/if}}{{service.name}}.conf'],
  ['two fan-outs of other texts in their tags', '/d/{{service.name}}.conf', '/d/{{ service.name }}.conf'],
  ['fan-outs of which one has a longer prefix', '/d/{{service.name}}.conf', '/d/a-{{service.name}}.conf'],
  ['fan-outs of which one has a longer suffix', '/d/{{service.name}}.conf', '/d/{{service.name}}.tls.conf'],
];
it.each(meetings)('refuses in two targets: %s', (_what, a, b) => {
  const expected = ['error targets.1.files.0.path: can be the same file as targets[0].files[0].path of another target'];
  expect(found([a], [b])).toEqual(expected);
  expect(found([b], [a])).toEqual(expected);
});

const strangers: [what: string, a: string, b: string][] = [
  ['another directory', '/d/upstreams.conf', '/e/{{service.name}}.conf'],
  ['a directory below', '/d/e/upstreams.conf', '/d/{{service.name}}.conf'],
  ['another suffix', '/d/upstreams.conf', '/d/{{service.name}}.map'],
  ['another prefix', '/d/upstreams.conf', '/d/a-{{service.name}}.conf'],
  ['a text between tags that is missing', '/d/a-web.conf', '/d/a-{{service.name}}-b-{{vars.zone}}.conf'],
  ['a name too short for prefix and suffix', '/d/aba', '/d/ab{{service.name}}ba'],
  ['a dot that is no wildcard', '/d/webxconf', '/d/{{service.name}}.conf'],
  ['fan-outs with different prefixes', '/d/a-{{service.name}}', '/d/b-{{service.name}}'],
  ['fan-outs with different suffixes', '/d/{{service.name}}.conf', '/d/{{service.name}}.map'],
  ['two files', '/d/a', '/d/b'],
];
it.each(strangers)('lets two targets have: %s', (_what, a, b) => {
  expect(found([a], [b])).toEqual([]);
  expect(found([b], [a])).toEqual([]);
});

it('reports nothing when both paths belong to the same target', () => {
  expect(found(['/d/upstreams.conf', '/d/{{service.name}}.conf'])).toEqual([]);
});

it('reports equal patterns only as taken', () => {
  expect(found(['/d/{{service.name}}'], ['/d/{{service.name}}'])).toEqual([
    'error targets.1.files.0.path: is taken already by targets[0].files[0].path',
  ]);
});

it('refuses every pair of paths that a service’s name can make equal', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 3 });
  const pattern = fc.tuple(text, text).map(([before, after]) => ({ before, after }));
  fc.assert(
    fc.property(pattern, text, text, ({ before, after }, name, tail) => {
      const path = `/d/${before}{{service.name}}${after}`;
      expect(found([path], [`/d/${before}${name}${after}`])).toHaveLength(1);
      // A service of the other target may have the name that makes both paths equal.
      expect(found([path], [`/d/${before}${name}{{x}}${tail}${after}`])).toHaveLength(1);
    }),
  );
});
