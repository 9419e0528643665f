import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inferDialect } from '../../../src/render/dialects/choose.js';
import { compileTemplate } from '../../../src/render/template.js';
import { compilePath } from '../../../src/render/path.js';
import { hostile } from '../hostile.js';
import { makeService, makeView, problemsOf, render, renderText } from '../views.js';

describe('none', () => {
  test('writes one line unchanged and refuses any other text', () => {
    const text = '{{#each services}}{{name}}\n{{/each}}';
    fc.assert(
      fc.property(hostile, (name) => {
        const { text: out, rejected } = render(text, makeView({ services: [makeService(name)] }));
        if (/[\p{Cc}\p{Surrogate}\u2028\u2029]/u.test(name)) expect(rejected).toHaveLength(1);
        else expect(out).toBe(`${name}\n`);
      }),
    );
  });

  test('three braces write anything', () => {
    expect(renderText('{{{vars.x}}}', makeView({ vars: { x: 'a\n"b"' } }))).toBe('a\n"b"');
  });
});

describe('paths', () => {
  const paths = compilePath({ name: 'targets[0].files[0].path', text: '/srv/maps/{{service.name}}.map' });

  test('lead to one file of their directory, or the service is rejected', () => {
    fc.assert(
      fc.property(
        fc.oneof(hostile, fc.constantFrom('..', '.', '../x', 'a/b', '/', '.hidden', '-rf', 'x'.repeat(256))),
        (name) => {
          const service = makeService(name);
          const { text, rejected } = paths.render(makeView({ services: [service] }), service);
          if (rejected.length > 0) {
            expect(rejected).toMatchObject([{ service: name }]);
            return;
          }
          expect(text).toBe(`/srv/maps/${name}.map`);
          const file = text.slice('/srv/maps/'.length);
          expect(file).not.toMatch(/^[.-]|\/|\0/);
          expect(Buffer.byteLength(file)).toBeLessThanOrEqual(255);
        },
      ),
    );
  });

  test.each([
    ['', 'empty'],
    ['a/b', 'another directory'],
    ['..', 'directories'],
    ['.x', 'hide'],
    ['-rf', 'as in /dir/svc-{{service.name}}.conf'],
    ['x'.repeat(252), 'longer than 255 bytes'],
    ['é'.repeat(126), 'longer than 255 bytes'],
  ])('%j is rejected', (name, reason) => {
    const service = makeService(name);
    const { rejected } = paths.render(makeView(), service);
    expect(rejected).toHaveLength(1);
    expect(rejected[0]?.reason).toContain(reason);
    expect(rejected[0]?.reason).toMatch(/^targets\[0\]\.files\[0\]\.path/);
  });

  test('are linted like templates', () => {
    expect(() => compilePath({ name: 'path', text: '/x/{{service.nme}}' })).toThrow('Service has no "nme"');
  });
});

describe('the dialect', () => {
  test.each([
    ['/etc/nginx/conf.d/up.conf', 'x', 'nginx'],
    ['/etc/haproxy/maps/x.map', 'x', 'fields'],
    ['/etc/bind/svc.example.com.zone', 'x', 'zone'],
    ['/etc/haproxy/x.cfg', 'x', 'haproxy'],
    ['/srv/nginx.json', 'x', 'json'],
    ['/srv/x.YML', 'x', 'yaml'],
    ['/srv/x.yaml', 'x', 'yaml'],
    ['/srv/nginx/reload.sh', 'x', 'shell'],
    ['/srv/x.d/json', 'x', 'none'],
    ['/srv/NGINX/up.conf', 'x', 'nginx'],
    ['/srv/up.conf', 'HAProxy-maps', 'haproxy'],
    ['nginx', 'haproxy', 'nginx'],
    ['/srv/x.env', 'nginx', 'dotenv'],
    ['/srv/up.conf', 'nginx-upstreams', 'nginx'],
    [undefined, 'haproxy.hbs', 'haproxy'],
    ['/srv/x.toString', 'x', 'none'],
    ['/srv/x.txt', 'x', 'none'],
  ])('of %s by %s is %s', (output, template, expected) => {
    expect(inferDialect(output, template)).toBe(expected);
  });

  test('is what the config says, before the head comment, before the path', () => {
    const source = { name: 't', scope: 'root', text: '{{!-- dialect: yaml --}}', output: '/x.json' } as const;
    expect(compileTemplate(source).dialect).toBe('yaml');
    expect(compileTemplate({ ...source, dialect: 'shell' }).dialect).toBe('shell');
    expect(compileTemplate({ ...source, text: 'x' }).dialect).toBe('json');
  });

  test('with an unknown name is a problem of its line', () => {
    expect(problemsOf('{{!--\n  dialect: ngnix\n--}}')).toMatchObject([
      { line: 2, column: 3, message: 'there is no dialect "ngnix"', hint: 'Did you mean nginx?' },
    ]);
  });
});
