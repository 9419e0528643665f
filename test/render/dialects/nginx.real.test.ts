import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../support/binaries.js';
import { startNginx, testNginx } from '../../support/nginx.js';
import type { Nginx } from '../../support/nginx.js';
import { forEachValue, renderAll, sample, seed } from '../hostile.js';
import type { Outcome } from '../hostile.js';
import { problemsOf, render, makeService, makeView } from '../views.js';

const options = { dialect: 'nginx' } as const;
const values = sample(400).filter((value) => value.length <= 60);

/** Contexts whose value `return` answers unchanged, by the word that begins the path. */
const answering: Readonly<Record<string, string>> = {
  double: 'return 200 "{{metadata.v}}";',
  single: "return 200 '{{metadata.v}}';",
  bare: 'return 200 {{metadata.v}};',
  part: 'return 200 a{{metadata.v}}b;',
  inside: 'return 200 "a{{metadata.v}}b"; # {{metadata.v}}',
};

describeWith('nginx', `a real nginx reads exactly the values that were not rejected (seed ${seed})`, () => {
  let nginx: Nginx;
  const outcomes: Record<string, Outcome> = {};
  let keys: Outcome;

  beforeAll(async () => {
    const servers = Object.entries(answering).map(([place, line]) => {
      const outcome = renderAll(forEachValue(`location = /${place}/{{../name}} { ${line}\n}`), values, options);
      outcomes[place] = outcome;
      return outcome.text;
    });
    // Keys of a map ignore case.
    const distinct = values.filter(
      (value, index) => values.findIndex((other) => other.toLowerCase() === value.toLowerCase()) === index,
    );
    keys = renderAll(forEachValue('"{{metadata.v}}" {{../name}};'), distinct, options);
    nginx = await startNginx({
      conf: (port) => `
        map_hash_max_size 8192; map_hash_bucket_size 512;
        map $key $mapped { default none;
        ${keys.text} }
        server { listen 127.0.0.1:${port}; merge_slashes off; ${servers.join('\n')}
          location ~ ^/map/(?<key>[^/]*)$ { return 200 "$mapped"; } }`,
    });
  });
  afterAll(async () => {
    await nginx.stop();
  });

  const ask = async (path: string): Promise<string> =>
    Buffer.from(await (await fetch(`http://127.0.0.1:${nginx.port}${path}`)).arrayBuffer()).toString();

  test.each(Object.keys(answering))('%s', async (place) => {
    const { kept } = outcomes[place] ?? { kept: new Map<number, string>() };
    expect(kept.size).toBeGreaterThan(20);
    for (const [index, value] of kept) {
      const expected = place === 'part' || place === 'inside' ? `a${value}b` : value;
      expect(await ask(`/${place}/s${index}`), JSON.stringify(value)).toBe(expected);
    }
  });

  test('as the key of a map, where words and signs have a meaning even in quotes', async () => {
    expect(keys.kept.size).toBeGreaterThan(20);
    for (const [index, value] of keys.kept) {
      if (value.includes('/') || value === '' || value === '.' || value === '..') continue;
      expect(await ask(`/map/${encodeURIComponent(value)}`), JSON.stringify(value)).toBe(`s${index}`);
    }
  });

  test('nginx would read a rejected value differently', async () => {
    const raw = forEachValue('server { server_name x; return 200 "{{{metadata.v}}}"; }');
    const spread = renderAll(raw, ['";} evil on; server { return 200 "'], options).text;
    expect((await testNginx(spread)).accepted).toBe(false);
    const key = 'map $host $x { "{{{metadata.v}}}" 1; }';
    expect((await testNginx(renderAll(forEachValue(key), ['~('], options).text)).output).toMatch(/pcre/);
  });

  test('names of upstreams that were kept are accepted', async () => {
    const services = sample(300).map((name) => makeService(name, [{}]));
    const text = '{{#each services}}\nupstream {{name}} { server 127.0.0.1:1; }\n{{/each}}';
    const { rejected } = render(text, makeView({ services }), options);
    const gone = new Set(rejected.map(({ service }) => service));
    const left = services.filter(({ name }) => !gone.has(name));
    expect(left.length).toBeGreaterThan(20);
    // Names of upstreams ignore case.
    const distinct = new Map(left.map((service) => [service.name.toLowerCase(), service]));
    const verdict = await testNginx(render(text, makeView({ services: [...distinct.values()] }), options).text);
    expect(verdict).toMatchObject({ accepted: true });
  });
});

test.each([
  ['a backslash before a value', 'x \\\\{{target.name}};', ['a value right after a backslash']],
  ['a backslash in quotes before a value', 'x "\\\\{{target.name}}";', ['a value right after a backslash']],
  ['an escaped backslash before a value', 'x "\\\\\\\\ {{target.name}}";', []],
  [
    'branches that end in different quotes',
    '{{#if services}}"a{{else}}b{{/if}}{{target.name}}',
    ['the branches of {{#if}} end differently: in double quotes and outside quotes'],
  ],
  [
    'a loop that opens a quote',
    '{{#each services}}"{{name}}{{/each}}',
    ['the body of {{#each}} ends in another context than it begins: in double quotes and outside quotes'],
  ],
  ['an unclosed quote', 'return 200 "{{target.name}};\n', ['the template ends in double quotes']],
  ['a quote inside a word, which is none', `x a"{{target.name}}b;`, []],
  ['a quote in a comment', `# it's {{target.name}}\nx "{{target.name}}";`, []],
  [
    'a Lua block',
    'content_by_lua_block {\n  ngx.say("{{target.name}}")\n}',
    ['a value where quotes and text cannot be distinguished'],
  ],
  [
    'a quote that may or may not begin a word',
    '{{#if services}}a{{/if}}"{{target.name}}";',
    ['a value where quotes and text cannot be distinguished'],
  ],
] as const)('%s', (_name, text, messages) => {
  expect(problemsOf(text, options).map(({ message }) => message)).toEqual(messages);
});

test.each([
  ['return 200 "{{vars.v}}";', 'a$b', 'in double quotes: nginx expands "$" in quotes too'],
  ['return 200 {{vars.v}};', '', 'outside quotes: the value is empty, and so would be the word'],
  ['server_name {{vars.v}};', '*.example.com', 'outside quotes: "*" is not allowed outside quotes in nginx'],
  ['location {{vars.v}} { }', '=/x', 'nginx may read its first character as an operator'],
  ['"{{vars.v}}" 1;', 'include', 'nginx reads this word as a parameter here'],
  ['x "{{vars.v}}";', '~.*', 'nginx reads a leading "~" as a regular expression'],
] as const)('%s refuses %j', (text, v, reason) => {
  const outer = `{{#each services}}${text.replace('vars.v', 'instances.0.metadata.v')}{{/each}}`;
  const { rejected } = render(outer, makeView({ services: [makeService('s', [{ metadata: { v } }])] }), options);
  expect(rejected).toHaveLength(1);
  expect(rejected[0]?.reason).toContain(reason);
});
