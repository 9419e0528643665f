import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildTree } from '../../src/model/kv-tree.js';
import type { View } from '../../src/model/view.js';
import { TemplateError } from '../../src/render/problem.js';
import { compileTemplate } from '../../src/render/template.js';
import { makeService, makeView, render } from './views.js';
import type { Options } from './views.js';

/** A view of the raw source `settings` below `/c/`. */
function viewOf(values: Readonly<Record<string, string>>, patch: Partial<View> = {}): View {
  const pairs = Object.entries(values)
    .map(([key, value]) => ({ key, value }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  return makeView({ kv: { pairs, tree: { settings: buildTree(pairs, '/c/') } }, ...patch });
}

/** The message with which a template fails as a whole. */
function failureOf(text: string, view: View, options: Options = {}): string {
  try {
    render(text, view, options);
  } catch (error) {
    if (error instanceof TemplateError) return error.problems[0]?.message ?? '';
    throw error;
  }
  return 'no failure';
}

const bad = 'secret\nvalue';
const view = viewOf({
  '/c/a/x': 'good',
  '/c/a/y': bad,
  '/c/a/z': 'good',
  '/c/json': JSON.stringify({ servers: [{ ip: '10.0.0.1' }, { ip: 'a\nb' }], list: ['x', 'y\n'] }),
  '/c/list': 'p,q\n,r',
  '/c/motd': bad,
  '/c/number': '80x',
  '/c/odd$name': 'v',
  '/c/other': 'not JSON',
  '/c/upper': 'a\tb',
});

describe('a value that cannot be written names its key, and not itself', () => {
  test.each([
    ['{{get "/c/motd"}}', '"/c/motd"'],
    ['{{#let (get "/c/motd") as |m|}}{{m}}{{/let}}', '"/c/motd"'],
    ['{{#with (get "/c/motd")}}{{this}}{{/with}}', '"/c/motd"'],
    ['{{#with (get "/c/motd") as |m|}}{{m}}{{/with}}', '"/c/motd"'],
    ['{{#each (getAll "/c/a/*")}}{{basename key}}={{value}}\n{{/each}}', '"/c/a/y"'],
    ['{{#each (getAll "/c/a/*") as |pair|}}{{pair.value}}{{/each}}', '"/c/a/y"'],
    ['{{#each kv.pairs}}{{value}}{{/each}}', '"/c/a/y"'],
    ['{{#each (reverse (getAll "/c/a/*"))}}{{value}}{{/each}}', '"/c/a/y"'],
    ['{{#each (sortBy (getAll "/c/a/*") "value")}}{{value}}{{/each}}', '"/c/a/y"'],
    ['{{#each (filter (getAll "/c/a/*") key="/c/a/y")}}{{value}}{{/each}}', '"/c/a/y"'],
    ['{{#with (last (limit (getAll "/c/a/*") 2))}}{{value}}{{/with}}', '"/c/a/y"'],
    ['{{#each (groupBy (getAll "/c/a/*") "value")}}{{key}}{{/each}}', '"/c/a/y"'],
    ['{{#each (groupBy (getAll "/c/a/*") "key")}}{{#each items}}{{value}}{{/each}}{{/each}}', '"/c/a/y"'],
    ['{{#each (ls "/c/a") as |name|}}{{get (concat "/c/a/" name)}}{{/each}}', '"/c/a/y"'],
    ['{{#each (ls "/c/a")}}{{#let (concat "/c/a/" this) as |k|}}{{get k}}{{/let}}{{/each}}', '"/c/a/y"'],
    ['{{kv.tree.settings.a.y}}', '"/c/a/y"'],
    ['{{lookup kv.tree.settings.a "y"}}', '"/c/a/y"'],
    ['{{lookup (lookup kv.tree "settings") "motd"}}', '"/c/motd"'],
    ['{{#each kv.tree.settings.a as |v k|}}{{k}}={{v}}\n{{/each}}', '"/c/a/y"'],
    ['{{#each kv.tree.settings.a}}{{@key}}={{this}}\n{{/each}}', '"/c/a/y"'],
    ['{{#each kv.tree as |source|}}{{#each source.a as |v|}}{{v}}{{/each}}{{/each}}', '"/c/a/y"'],
    ['{{#with kv.tree.settings}}{{#with a}}{{y}}{{/with}}{{/with}}', '"/c/a/y"'],
    ['{{#each (split (get "/c/list") ",")}}{{this}}{{/each}}', '"/c/list"'],
    ['{{last (split (get "/c/list") "p,")}}', '"/c/list"'],
    ['{{lookup (split (get "/c/list") ",") 1}}', '"/c/list"'],
    ['{{#with (parseJson (get "/c/json"))}}{{#each servers}}{{ip}}{{/each}}{{/with}}', '"/c/json"'],
    ['{{#each (lookup (parseJson (get "/c/json")) "list")}}{{this}}{{/each}}', '"/c/json"'],
    ['{{#let (parseJson (get "/c/json")) as |j|}}{{j.servers.1.ip}}{{/let}}', '"/c/json"'],
    ['{{join (lookup (parseJson (get "/c/json")) "list") " "}}', '"/c/json"'],
    ['{{upper (get "/c/upper")}}', '"/c/upper"'],
    ['{{default (get "/c/none") (get "/c/motd")}}', '"/c/motd"'],
    ['{{or (get "/c/none") (get "/c/motd") "x"}}', '"/c/motd"'],
    ['{{concat (get "/c/a/x") "-" (get "/c/upper")}}', '"/c/upper"'],
    ['{{> p value=(get "/c/motd")}}', '"/c/motd"'],
    ['{{#each (getAll "/c/a/*")}}{{> p this}}{{/each}}', '"/c/a/y"'],
    ['{{#*inline "q"}}{{this}}{{/inline}}{{> q (get "/c/motd")}}', '"/c/motd"'],
    ['{{#if (get "/c/motd")}}{{#unless (exists "/c/none")}}{{get "/c/motd"}}{{/unless}}{{/if}}', '"/c/motd"'],
    ['{{#each services}}{{name}}{{/each}}{{get "/c/motd"}}', '"/c/motd"'],
  ])('%s', (text, key) => {
    const message = failureOf(text, view, { partials: { p: '{{value}}' } });
    expect(message).toContain('it contains a line break or another control character');
    expect(message).toMatch(/\. The value comes from the key "[^"]*"$/);
    expect(message).toContain(`the key ${key}`);
    expect(message).not.toContain('secret');
  });
});

describe('the reason', () => {
  test.each([
    ['{{#each (list "x" "w") as |name|}}{{get (concat "/c/a/" name)}}{{/each}}', 'There is no key "/c/a/w"'],
    ['{{or (get "/c/n1") (get "/c/n2")}}', 'There is no key "/c/n1" and key "/c/n2"'],
    ['{{lookup kv.tree.settings.a "w"}}', 'There is no key "a/w" of the source settings'],
    ['{{#with (parseJson (get "/c/json"))}}{{port}}{{/with}}', 'The value comes from the key "/c/json"'],
    ['{{parseJson (get "/c/other")}}', 'The value comes from the key "/c/other"'],
    ['{{toNumber (get "/c/number")}}', 'The value comes from the key "/c/number"'],
    ['{{required (get "/c/none") "needed"}}', 'There is no key "/c/none"'],
    ['{{#let (get "/c/motd") as |m|}}{{#each (or vars.gone m)}}{{/each}}{{/let}}', 'from the key "/c/motd"'],
    ['{{hostLabel (get "/c/upper")}}', 'The value comes from the key "/c/upper"'],
    ['{{lookup (lookup kv.tree.settings "json") "x"}}', 'is missing'],
    ['{{#each (variables kv.tree "")}}{{this}}{{/each}}', 'The value comes from the key "/c/a/y" and key "/c/motd"'],

    [
      '{{#each (variables kv.tree "9")}}{{@key}}{{/each}}',
      'a key does not give a valid variable name: "a/x" of the source settings has no letter or digit, or begins with a digit',
    ],
  ])('of %s: %s', (text, expected) => {
    const message = failureOf(text, view);
    expect(message).toContain(expected);
    expect(message).not.toMatch(/secret|not JSON"|80x/);
  });

  test('names a key that itself cannot be written', () => {
    const odd = viewOf({ '/c/odd$name': 'v', '/c/ok': 'v' });
    for (const text of [
      '{{#each (ls "/c")}}a {{this}};{{/each}}',
      '{{#each (ls "/c/")}}a {{this}};{{/each}}',
      '{{#each (reverse (ls "/c"))}}a {{this}};{{/each}}',
      '{{#each (getAll "/c/*")}}a {{basename key}};{{/each}}',
      '{{#each kv.tree.settings}}a {{@key}};{{/each}}',
      '{{#each kv.tree.settings as |v k|}}a {{k}};{{/each}}',
    ])
      expect(failureOf(text, odd, { dialect: 'nginx' }), text).toMatch(/key "(\/c\/)?odd\$name"/);
  });

  test('names a directory that cannot be written', () => {
    const odd = viewOf({ '/c/$d/a': 'v' });
    expect(failureOf('{{#each (lsdir "/c")}}a {{this}};{{/each}}', odd, { dialect: 'nginx' })).toContain('"/c/$d"');
  });

  test('names the output', () => {
    expect(failureOf('{{get "/c/motd"}}', view, { output: '/etc/shop.conf' })).toMatch(
      /comes from the key "\/c\/motd"\. The output is \/etc\/shop\.conf$/,
    );
    // Rendered for a look, with a path that was made up.
    expect(failureOf('{{get "/c/motd"}}', view, { output: '/t', writesOutput: false })).toMatch(/"\/c\/motd"$/);
  });

  test('of several keys names those to blame, three at most, and counts the others', () => {
    const many = viewOf(Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`/c/${index}`, `a\n${index}`])));
    const all = '{{join (split (json (getAll "/c/*")) "0") "\n"}}';
    expect(failureOf(all, many)).toContain('from the key "/c/0", key "/c/1", key "/c/2" and 6 more');
    const joined = '{{concat (get "/c/a/x") (get "/c/a/z") (get "/c/motd")}}';
    expect(failureOf(joined, view)).toMatch(/from the key "\/c\/motd"$/);
  });

  test('shows a hostile key cut and escaped', () => {
    const key = `/c/\u0085\u2028"\n${'x'.repeat(1000)}`;
    const message = failureOf('{{#each (getAll "/c/*")}}{{value}}{{/each}}', viewOf({ [key]: 'a\nb' }));
    expect(message).toContain('the key "/c/\\u0085\\u2028\\"\\nxxx');
    expect(message.length).toBeLessThan(400);
  });

  test('names the path and the source when the whole key is not certain', () => {
    const pairs = [
      { key: '/a/x', value: bad },
      { key: '/b/x', value: bad },
    ];
    const tree = { one: buildTree(pairs.slice(0, 1), '/a/'), two: buildTree(pairs.slice(1), '/b/') };
    expect(failureOf('{{kv.tree.two.x}}', makeView({ kv: { pairs, tree } }))).toContain('key "x" of the source two');
  });

  test('of a value that no key made names no key', () => {
    const vars = { text: 'a\nb', zone: 'z1' };
    expect(failureOf('{{get "/c/a/x"}}{{vars.text}}', { ...view, vars })).not.toContain('key');
    expect(failureOf('{{default vars.text (get "/c/motd")}}', { ...view, vars })).not.toContain('key');
  });
});

describe('in a loop over services or instances', () => {
  const services = [
    makeService('api', [{ id: 'a', metadata: { note: 'x\ny', zone: 'good' } }]),
    makeService('db', [{ id: 'd', metadata: { zone: 'good' } }]),
    makeService('web', [{ id: 'w', metadata: { zone: 'good' } }]),
  ];
  const store = viewOf({ '/c/api': 'ok', '/c/web': bad, '/c/db': 'ok', '/c/n': '9', '/c/zone': 'good' }, { services });

  const reasons = (text: string): string[] =>
    render(text, store).rejected.map(({ service, instance, reason }) => `${service} ${instance?.id ?? '-'} ${reason}`);

  test.each([
    ['{{#each services}}{{get (concat "/c/" name)}}{{/each}}', 'web - '],
    ['{{#each services}}{{#each instances}}{{get (concat "/c/" ../name)}}{{/each}}{{/each}}', 'web w '],
    ['{{#each (gather services "instances")}}{{lookup @root.kv.tree.settings service}}{{/each}}', 'web w '],
    ['{{#let kv.tree.settings as |t|}}{{#each services}}{{lookup t name}}{{/each}}{{/let}}', 'web - '],
    ['{{#with (service "web")}}{{get (concat "/c/" name)}}{{/with}}', 'web - '],
    ['{{#each services}}{{#with (service "web")}}{{get (concat "/c/" name)}}{{/with}}{{/each}}', 'web - '],
    ['{{#each services}}{{> p}}{{/each}}{{#*inline "p"}}{{get (concat "/c/" name)}}{{/inline}}', 'web - '],
  ])('%s rejects the item, and names the key', (text, item) => {
    const found = reasons(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(item);
    expect(found[0]).toMatch(/\. The value comes from the key "\/c\/web"$/);
    expect(found[0]).not.toContain('secret');
  });

  test.each([
    '{{#each services}}{{#each (filter instances [metadata.zone]=(get "/c/zone"))}}{{default metadata.note ""}}{{/each}}{{/each}}',
    '{{#each services}}{{#each (limit instances (toNumber (get "/c/n")))}}{{default metadata.note ""}}{{/each}}{{/each}}',
    '{{#with (service (default (get "/c/none") "api"))}}{{#each instances}}{{default metadata.note ""}}{{/each}}{{/with}}',
    '{{#each services}}{{#each instances}}{{default metadata.note (get "/c/zone")}}{{/each}}{{/each}}',
    '{{#each services}}{{#each instances}}{{#each (labelNames metadata (get "/c/zone"))}}{{this}}{{/each}}{{/each}}{{/each}}',
  ])('%s blames no key for what a registration says', (text) => {
    expect(reasons(text)).toEqual([expect.stringMatching(/^api a .*control character$/)]);
  });

  test('the next rendering is not affected, and a reused text neither', () => {
    const template = compileTemplate({
      name: 't',
      text: '{{#each services}}{{get (concat "/c/" name)}} {{/each}}',
      scope: 'root',
    });
    const first = template.render(store);
    expect(template.render(store)).toEqual(first);
    const healed = viewOf({ '/c/api': 'ok', '/c/web': 'fine', '/c/db': 'ok' }, { services });
    expect(template.render(healed)).toMatchObject({ text: 'ok ok fine ', rejected: [], omitted: [] });
    expect(template.render(store)).toEqual(first);
  });
});

test('for any keys, the one with the refused value is named, and no value is shown', () => {
  const name = fc.stringMatching(/^[a-d]{1,2}(\/[a-d]{1,2})?$/);
  const loops = [
    '{{#each (getAll "/c/**")}}{{value}}{{/each}}',
    '{{#each kv.pairs}}{{value}}{{/each}}',
    '{{#each (sortBy (getAll "/c/**") "value")}}{{upper value}}{{/each}}',
    '{{#each (getAll "/c/**")}}{{#each (split value "-")}}{{this}}{{/each}}{{/each}}',
    '{{#each (getAll "/c/**")}}{{#with (parseJson (concat "[" (json value) "]"))}}{{this.[0]}}{{/with}}{{/each}}',
  ];
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { minLength: 1, maxLength: 8 }),
      fc.nat(),
      fc.constantFrom(...loops),
      (names, pick, text) => {
        const wrong = `/c/${names[pick % names.length] ?? ''}`;
        const values = Object.fromEntries(names.map((one) => [`/c/${one}`, `hidden-${one}`]));
        const message = failureOf(text, viewOf({ ...values, [wrong]: 'hidden\nhidden' }));
        expect(message).toMatch(/The value comes from the key "[^"]*"$/);
        expect(message).toContain(`the key "${wrong}"`);
        expect(message).not.toContain('hidden');
      },
    ),
    { numRuns: 200 },
  );
});
