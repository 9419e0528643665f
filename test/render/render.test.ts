import { describe, expect, test, vi } from 'vitest';
import { TemplateError } from '../../src/render/problem.js';
import { compileTemplate } from '../../src/render/template.js';
import { briefly, makeInstance, makeService, makeView, render, renderText } from './views.js';

const web = makeService('web', [
  { id: 'a', metadata: { zone: 'z1' }, tags: ['x', 'y'], port: 80 },
  { id: 'b', address: '192.0.2.2', weight: 0, status: 'draining' },
]);
const api = makeService('api', [{ id: 'c', metadata: { zone: 'z2' } }], true);
const view = makeView({
  services: [api, web],
  vars: { n: 0, list: ['a', 'a'], deep: { er: { est: 1 } } },
  env: { REGION: 'eu' },
});

describe('a missing value', () => {
  const each = (body: string): string => `{{#each services}}{{name}}:{{#each instances}}${body}{{/each}};{{/each}}`;

  test('rejects the instance that lacks it, names the key and the position, and continues', () => {
    const { rejected } = render(each('{{metadata.zone}}'), view);
    expect(rejected).toEqual([
      {
        service: 'web',
        instance: { id: 'b', key: '/services/web/1', address: '192.0.2.2', port: 8080 },
        reason: 't.hbs:1:47: {{metadata.zone}} is missing. Give it a default, or test it with {{#if}} first',
      },
    ]);
  });

  test.each([
    ['{{default metadata.zone "none"}}', 'api:z2;web:z1none;'],
    ['{{#if metadata.zone}}y{{else}}n{{/if}}', 'api:y;web:yn;'],
    ['{{#unless metadata.zone}}n{{/unless}}', 'api:;web:n;'],
    ['{{#if (and metadata.zone (eq metadata.zone "z1"))}}y{{/if}}', 'api:;web:y;'],
    ['{{#if (or metadata.zone held)}}y{{/if}}', 'api:y;web:y;'],
    ['{{#if (not metadata.zone)}}n{{/if}}', 'api:;web:n;'],
    ['{{#with metadata.zone}}{{this}}{{else}}-{{/with}}', 'api:z2;web:z1-;'],
    ['{{#with (lookup metadata "zone")}}{{this}}{{/with}}', 'api:z2;web:z1;'],
  ])('is allowed in %s', (body, expected) => {
    expect(renderText(each(body), view)).toBe(expected);
  });

  test.each([
    ['{{{metadata.zone}}}', '{{{metadata.zone}}} is missing'],
    ['{{lookup metadata "zone"}}', '{{lookup metadata "zone"}} is missing'],
    ['{{default (lookup metadata metadata.zone) ""}}', 'metadata.zone is missing'],
    ['{{default held metadata.zone}}', 'metadata.zone is missing'],
    ['{{required metadata.zone "no zone, no traffic"}}', 'no zone, no traffic'],
    ['{{#with (service metadata.zone)}}{{/with}}', 'metadata.zone is missing'],
    ['{{#if (eq (default held metadata.zone) true)}}{{/if}}', 'metadata.zone is missing'],
    ['{{#each tags}}{{../metadata.zone}}{{else}}{{metadata.zone}}{{/each}}', '{{metadata.zone}} is missing'],
    ['{{> p}}', '{{metadata.zone}} is missing'],
    ['{{> p metadata=metadata}}', '{{metadata.zone}} is missing'],
    ['{{> q this zone=metadata.zone}}', '{{zone}} is missing'],
  ])('rejects the instance in %s', (body, reason) => {
    const partials = { p: '{{metadata.zone}}', q: '{{zone}}' };
    const { rejected } = render(each(body), view, { partials });
    expect(rejected).toHaveLength(1);
    expect(rejected[0]?.instance?.id).toBe('b');
    expect(rejected[0]?.reason).toContain(reason);
  });

  test('rejects the service outside its instances', () => {
    const odd = makeView({ services: [makeService('evil one'), makeService('ok')] });
    const { rejected } = render('{{#each services}}upstream {{name}} {}\n{{/each}}', odd, { dialect: 'nginx' });
    expect(rejected).toMatchObject([{ service: 'evil one' }]);
    expect(rejected[0]).not.toHaveProperty('instance');
    expect(rejected[0]?.reason).not.toContain('evil');
  });

  test('rejects the service in a template for one service', () => {
    const template = compileTemplate({ name: 't', text: '{{service.instances.0.metadata.zone}}', scope: 'service' });
    expect(template.render(view, api)).toMatchObject({ text: 'z2', rejected: [], omitted: [] });
    const bare = makeService('bare', [{}]);
    expect(template.render(view, bare).rejected).toMatchObject([{ service: 'bare' }]);
  });

  test('of the view itself fails the whole template, with its position', () => {
    try {
      render('a\n{{kv.tree.settings.x}}', view);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TemplateError);
      expect(error).toMatchObject({ code: 'RENDER_FAILED', problems: [{ file: 't.hbs', line: 2, column: 1 }] });
    }
  });

  test('one rendering finds all rejected items, each once', () => {
    const many = makeService(
      'many',
      Array.from({ length: 50 }, (_, index) => ({ id: String(index), port: index + 1 })),
    );
    const text =
      '{{#each services}}{{#each instances}}{{metadata.x}}{{/each}}{{#each instances}}{{metadata.y}}{{/each}}{{/each}}';
    expect(render(text, makeView({ services: [many] })).rejected).toHaveLength(50);
  });
});

describe('contexts', () => {
  test.each([
    ['{{#each services}}{{@index}}{{@key}}{{@first}}{{@last}} {{/each}}', '00truefalse 11falsetrue '],
    [
      '{{#each services}}{{#each instances}}{{@../index}}{{@index}}{{../name}} {{/each}}{{/each}}',
      '00api 10web 11web ',
    ],
    ['{{#each services}}{{#if expected}}{{name}}{{../target.name}}{{/if}}{{/each}}', 'apiproxy'],
    [
      '{{#each services as |s i|}}{{#each s.instances as |x j|}}{{i}}{{j}}{{x.id}}{{s.name}} {{/each}}{{/each}}',
      '00capi 10aweb 11bweb ',
    ],
    [
      '{{#each services}}{{#with (service name)}}{{../name}}{{../../target.name}} {{/with}}{{/each}}',
      'apiproxy webproxy ',
    ],
    [
      '{{#each vars.list}}{{#each ../vars.list}}{{this}}{{..}}{{../../target.name}} {{/each}}{{/each}}',
      'aaproxy aaproxy aaproxy aaproxy ',
    ],
    ['{{#with this}}{{target.name}}{{../target.name}}{{/with}}', 'proxyproxy'],
    ['{{#with target as |t|}}{{t.name}}{{@root.target.name}}{{/with}}', 'proxyproxy'],
    ['{{#with vars.n}}{{this}}{{else}}no{{/with}}', '0'],
    ['{{#if vars.n}}y{{else}}n{{/if}}{{#if vars.n includeZero=true}}y{{/if}}', 'ny'],
    ['{{#each services.1.instances.0.metadata}}{{@key}}={{this}}{{/each}}', 'zone=z1'],
    ['{{#each services}}{{#each instances}}{{service}} {{/each}}{{/each}}', 'api web web '],
    ['{{services.length}}{{services.1.name}}{{services.[0].name}}', '2webapi'],
    ['{{vars.deep.er.est}}{{lookup vars.deep.er "est"}}', '11'],
    ['{{env.REGION}}{{env "REGION"}}', 'eueu'],
    ['{{#each services}}{{else}}none{{/each}}{{#each vars.nothing}}{{else}}none{{/each}}', 'none'],
    ['{{join vars.list ", "}}{{#each services}}{{#each instances}}{{join tags "+"}}{{/each}}{{/each}}', 'a, ax+y'],
    ['{{#each services}}{{#each (reject instances status="draining")}}{{id}}{{/each}}{{/each}}', 'ca'],
    ['{{#each services}}{{#each (reject instances status="draining" weight=7)}}{{id}}{{/each}}{{/each}}', 'cab'],
    ['{{#*inline "x"}}<{{id}}>{{/inline}}{{#each services}}{{#each instances}}{{> x}}{{/each}}{{/each}}', '<c><a><b>'],
    ['{{#each services}}{{> p this more=@index}}{{/each}}', '[api 0 proxy][web 1 proxy]'],
    ['{{#if (eq vars.n "0")}}y{{else}}n{{/if}}{{#if (eq vars.n 0)}}y{{/if}}', 'ny'],
    ['\\{{x}} {{! no }}{{!-- no }} --}}y', '{{x}} y'],
  ])('%s', (text, expected) => {
    const partials = { p: '[{{name}} {{more}} {{@root.target.name}}]' };
    expect(renderText(text, { ...view, vars: { ...view.vars, nothing: null } }, { partials })).toBe(expected);
  });

  test('equal bodies in different contexts are escaped for their own context', () => {
    const text = '{{#each services}}{{name}} {{/each}}["{{#each services}}{{name}} {{/each}}"]';
    expect(renderText(text, view, { dialect: 'json' })).toBe('"api" "web" ["api web "]');
  });

  test('one partial is escaped for the context of each call', () => {
    const odd = makeView({ services: [makeService('a"b')] });
    const text = '[{{#each services}}{{> p}}, "{{> p}}"{{/each}}]';
    expect(renderText(text, odd, { dialect: 'json', partials: { p: '{{name}}' } })).toBe('["a\\"b", "a\\"b"]');
  });

  test('a partial that calls itself walks a tree', () => {
    const tree = { settings: { a: { b: '1', c: { d: '2' } } } };
    const partials = {
      node: '{{#each this}}{{@key}}({{#if (eq @key "b")}}{{this}}{{else if (eq @key "d")}}{{this}}{{else}}{{> node this}}{{/if}}){{/each}}',
    };
    const trees = makeView({ kv: { pairs: [], tree } });
    expect(renderText('{{> node kv.tree.settings}}', trees, { partials })).toBe('a(b(1)c(d(2)))');
  });
});

describe('only own properties are read', () => {
  const log = vi.spyOn(console, 'error');
  test.each([
    'vars.constructor',
    'vars.__proto__',
    'vars.toString',
    'vars.list.push',
    'vars.deep.hasOwnProperty',
    'vars.deep.constructor.name',
  ])('%s', (path) => {
    expect(() => render(`{{${path}}}`, view)).toThrow('is missing');
    expect(() => render(`{{lookup vars "${path.slice(5)}"}}`, view)).toThrow('is missing');
    expect(renderText(`{{default ${path} "none"}}`, view)).toBe('none');
    expect(log).not.toHaveBeenCalled();
  });

  test('but keys of these names in the data are data', () => {
    const odd = makeService('web', [makeInstance({ metadata: { constructor: 'c', __proto__: 'p', toString: 't' } })]);
    const text = '{{#each services}}{{#each instances}}{{metadata.constructor}}{{metadata.toString}}{{/each}}{{/each}}';
    expect(renderText(text, makeView({ services: [odd] }))).toBe('ct');
  });
});

describe('head comments', () => {
  const text =
    '{{!--\n  dialect: json\n  vars.port = 80   where it listens\n  vars.name = "a b"\n--}}\n[{{vars.port}}, {{vars.name}}]';
  test('declare optional vars, which the config overrides', () => {
    const known = { vars: {} };
    expect(renderText(text, makeView(), { known })).toBe('[80, "a b"]');
    expect(renderText(text, makeView({ vars: { port: 81 } }), { known: { vars: { port: 81 } } })).toBe('[81, "a b"]');
  });

  test('with defaults that are not JSON are a problem', () => {
    expect(briefly('{{!--\n vars.a = x\n--}}')).toEqual(['2:2 the default of vars.a is not JSON']);
  });

  test('are only those that a template begins with', () => {
    expect(briefly('x{{!-- vars.a = 1 --}}{{vars.a}}', { known: { vars: {} } })).toEqual(['1:25 vars has no "a"']);
  });
});

test('same view, same text; a failed rendering has no effect on the next one', () => {
  const template = compileTemplate({ name: 't', text: '{{#each services}}{{name}}{{/each}}{{vars.x}}', scope: 'root' });
  expect(() => template.render(makeView())).toThrow('is missing');
  const good = makeView({ services: [web], vars: { x: 1 } });
  expect(template.render(good)).toEqual(template.render(good));
});
