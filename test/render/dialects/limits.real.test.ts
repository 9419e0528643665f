import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  longestHaproxyBuffer,
  longestNginxParameter,
  longestRelativeName,
  longestVariable,
  longestYamlKey,
  longestZoneData,
  longestZoneLabel,
  longestZoneName,
  longestZoneString,
  mostHaproxyWords,
} from '../../../src/render/dialects/limits.js';
import { binary, describeWith } from '../../support/binaries.js';
import { startHaproxy, testHaproxy } from '../../support/haproxy.js';
import { testNginx } from '../../support/nginx.js';
import { tempDir } from '../../support/temp.js';
import { forEachValue } from '../hostile.js';
import { makeService, makeView, problemsOf, render } from '../views.js';
import type { Dialect } from '../../../src/render/dialects/grammar.js';

/** Whether the consumer accepts a file; its message when it does not. */
type Judge = (text: string) => Promise<string | undefined>;

interface Case {
  readonly name: string;
  /** One line for one value, `V`. */
  readonly line: string;
  /** The largest accepted number of `unit`. */
  readonly most: number;
  readonly unit?: string;
  readonly value?: (length: number) => string;
}

/**
 * At the limit, the consumer accepts the file. One above the limit, the instance is left out and the consumer accepts the rest. When the same
 * value is written without the limit, the consumer refuses the file.
 */
async function expectLimit(dialect: Dialect, { line, most, unit = 'a', value }: Case, judge: Judge): Promise<void> {
  const make = value ?? ((length) => unit.repeat(length));
  const viewOf = (v: string) =>
    makeView({
      services: [makeService('s0', [{ metadata: { v } }]), makeService('s1', [{ metadata: { v: 'good' } }])],
    });
  const tag = (text: string) => forEachValue(line.replaceAll('V', text));
  const at = render(tag('{{metadata.v}}'), viewOf(make(most)), { dialect });
  expect(at.rejected).toEqual([]);
  expect(await judge(at.text)).toBeUndefined();
  const above = render(tag('{{metadata.v}}'), viewOf(make(most + 1)), { dialect });
  expect(above.rejected.map(({ service, reason }) => [service, /longer|more than/.test(reason)])).toEqual([
    ['s0', true],
  ]);
  const rest = render(tag('{{metadata.v}}'), makeView({ services: viewOf('').services.slice(1) }), { dialect });
  expect(rest.rejected).toEqual([]);
  expect(await judge(rest.text)).toBeUndefined();
  expect(rest.text).toContain('good');
  const raw = render(tag('{{metadata.v}}'), viewOf(make(most)), { dialect }).text;
  expect(await judge(raw.replace(make(most), make(most + 1)))).toBeDefined();
}

const nginx: readonly Case[] = [
  { name: 'in double quotes', line: 'server { set $x "V"; }', most: longestNginxParameter - 1 },
  { name: 'in single quotes', line: "server { set $x 'V'; }", most: longestNginxParameter - 1 },
  { name: 'in quotes after text', line: 'server { set $x "a=V;b"; }', most: longestNginxParameter - 5 },
  { name: 'outside quotes', line: 'server { set $x V; }', most: longestNginxParameter },
  { name: 'outside quotes after text', line: 'server { set $x abcV; }', most: longestNginxParameter - 3 },
  { name: 'in a comment', line: '# V', most: longestNginxParameter - 2 },
  { name: 'in more bytes than characters', line: 'server { set $x "éV"; }', most: longestNginxParameter - 3 },
  { name: 'with another value', line: 'server { set $x "{{../name}}V"; }', most: longestNginxParameter - 3 },
];

describeWith('nginx', 'nginx', () => {
  const judge: Judge = async (text) => {
    const { accepted, output } = await testNginx(text);
    return accepted ? undefined : output;
  };
  test.each(nginx)('takes a parameter up to the limit, $name', (one) => expectLimit('nginx', one, judge));

  test('counts escapes as they are written', async () => {
    const half = Math.floor((longestNginxParameter - 1) / 2);
    const line = forEachValue('server { set $x "{{metadata.v}}"; }');
    const write = (length: number) =>
      render(line, makeView({ services: [makeService('s', [{ metadata: { v: '"'.repeat(length) } }])] }), {
        dialect: 'nginx',
      });
    expect(await judge(write(half).text)).toBeUndefined();
    expect(write(half + 1).rejected).toHaveLength(1);
  });

  test('takes long parameters one after the other', () => {
    const v = 'a'.repeat(longestNginxParameter - 1);
    const view = makeView({
      services: [
        makeService(
          's',
          Array.from({ length: 9 }, () => ({ metadata: { v } })),
        ),
      ],
    });
    const text = 'server { server_name{{#each services}}{{#each instances}} "{{metadata.v}}"{{/each}}{{/each}}; }';
    const { rejected, text: out } = render(text, view, { dialect: 'nginx' });
    expect(rejected).toEqual([]);
    expect(out).toContain(v);
  });

  test('refuses the instance with which a parameter of many becomes too long', async () => {
    const instances = Array.from({ length: 400 }, (_, index) => ({ id: `${index}`, metadata: { v: 'v'.repeat(19) } }));
    const text = '{{#each services}}\nserver { set $x "{{#each instances}}{{metadata.v}},{{/each}}"; }\n{{/each}}';
    const { rejected } = render(text, makeView({ services: [makeService('s', instances)] }), { dialect: 'nginx' });
    const fit = Math.floor((longestNginxParameter - 1) / 20);
    expect(rejected.map(({ instance }) => instance?.id)).toContain(`${fit}`);
    const left = instances.filter(({ id }) => !rejected.some(({ instance }) => instance?.id === id));
    expect(left).toHaveLength(fit);
    const second = render(text, makeView({ services: [makeService('s', left)] }), { dialect: 'nginx' });
    expect(second.rejected).toEqual([]);
    expect(await judge(second.text)).toBeUndefined();
    const third = render(text, makeView({ services: [makeService('s', left)] }), { dialect: 'nginx' });
    expect(await judge(third.text.replace(/,"/, `,${'v'.repeat(19)},"`))).toContain('too long parameter');
  });
});

describeWith('haproxy', 'HAProxy', () => {
  const judge: Judge = async (text) => {
    const { accepted, output } = await testHaproxy(
      `frontend f\n bind 127.0.0.1:1\n default_backend b\nbackend b\n${text}`,
    );
    return accepted ? undefined : output;
  };
  test('takes the argument of a function up to the limit', () =>
    expectLimit(
      'haproxy',
      { name: '', line: ' http-request set-var(txn.x) str(abcV)', most: longestHaproxyBuffer - 3 },
      judge,
    ));

  test('refuses the instance with which a line has too many words', async () => {
    const instances = Array.from({ length: 100 }, (_, index) => ({ id: `${index}`, address: `192.0.2.${index}` }));
    const text = '{{#each services}}\n http-request deny if { src{{#each instances}} {{address}}{{/each}} }\n{{/each}}';
    const write = (count: number) =>
      render(text, makeView({ services: [makeService('s', instances.slice(0, count))] }), { dialect: 'haproxy' });
    // Two words before the condition, "if", "{", "src" and "}" are not addresses.
    const fit = mostHaproxyWords - 6;
    expect(write(fit).rejected).toEqual([]);
    expect(await judge(write(fit).text)).toBeUndefined();
    expect(write(fit + 1).rejected.map(({ instance }) => instance?.id)).toEqual([`${fit}`]);
    expect(await judge(write(fit).text.replace(' }', ' 192.0.2.255 }'))).toContain('too many words');
  });

  test('reads the rest of a line of a list that is too long as one of its own', async () => {
    const write = (length: number) =>
      render(
        forEachValue('{{metadata.v}}'),
        makeView({ services: [makeService('s', [{ metadata: { v: `${'x'.repeat(length - 6)}/admin` } }])] }),
        { dialect: 'fields' },
      );
    const whole = write(longestHaproxyBuffer);
    expect(whole.rejected).toEqual([]);
    expect(write(longestHaproxyBuffer + 1).rejected).toHaveLength(1);
    const list = join(await tempDir('rollcall-list-'), 'list');
    const statusOf = async (text: string): Promise<number> => {
      await writeFile(list, text);
      const haproxy = await startHaproxy({
        conf: (port) =>
          `frontend f\n bind 127.0.0.1:${port}\n http-request return status 403 if { path -f ${list} }\n http-request return status 200\n`,
      });
      const { status } = await fetch(`http://127.0.0.1:${haproxy.port}/admin`);
      await haproxy.stop();
      return status;
    };
    expect(await statusOf(whole.text)).toBe(200);
    expect(await statusOf(`${'x'.repeat(longestHaproxyBuffer)}/admin\n`)).toBe(403);
  });
});

const wholeKeys: readonly (readonly [name: string, line: string, most: number])[] = [
  ['a plain key', 'V: 1', longestYamlKey],
  ['a key in double quotes', '"V": 1', longestYamlKey - 2],
  ['a key in single quotes', "'V': 1", longestYamlKey - 2],
  ['a key after text', '"abcV": 1', longestYamlKey - 5],
  ['a key before text', '"Vabc"  : 1', longestYamlKey - 7],
  ['a key in a list', '- V: 1', longestYamlKey],
  ['a key with a tag', '- !!str V: 1', longestYamlKey - 6],
  ['a key in braces', '- {a: 1, V: 1}', longestYamlKey],
  ['a key in brackets', '- ["V": 1]', longestYamlKey - 2],
];

const python = binary('python3');
const hasPyYaml = python !== undefined && spawnSync(python, ['-c', 'import yaml']).status === 0;

describe('YAML readers', () => {
  const readers: Record<string, Judge> = {
    yaml: (text) =>
      new Promise((resolve) => {
        try {
          parse(text, { uniqueKeys: false });
          resolve(undefined);
        } catch (error) {
          resolve((error as Error).message);
        }
      }),
  };
  if (hasPyYaml)
    readers.PyYAML = (text) => {
      const { status, stderr } = spawnSync(python, ['-c', 'import sys, yaml; yaml.safe_load(sys.stdin)'], {
        input: text,
      });
      return Promise.resolve(status === 0 ? undefined : stderr.toString());
    };
  const cases = Object.keys(readers).flatMap((reader) =>
    wholeKeys.map(([name, line, most]) => [reader, name, line, most] as const),
  );

  // `yaml` accepts longer keys in braces; other readers do not.
  test.each(cases.filter(([reader, name]) => !(reader === 'yaml' && name.includes('braces'))))(
    '%s takes %s up to the limit',
    (reader, name, line, most) => {
      const judge = readers[reader];
      expect(judge).toBeDefined();
      return judge && expectLimit('yaml', { name, line, most }, judge);
    },
  );

  test('counts escapes as they are written', () => {
    const line = forEachValue('"{{metadata.v}}": 1');
    const write = (length: number) =>
      render(line, makeView({ services: [makeService('s', [{ metadata: { v: '\u0085'.repeat(length) } }])] }), {
        dialect: 'yaml',
      });
    const fit = Math.floor((longestYamlKey - 2) / 6);
    expect(write(fit).rejected).toEqual([]);
    expect(parse(write(fit).text)).toEqual({ ['\u0085'.repeat(fit)]: 1 });
    expect(write(fit + 1).rejected).toHaveLength(1);
  });

  test('a key of two values is never too long', async () => {
    for (const [a, b] of [
      [320, 702],
      [321, 1],
      [1, 703],
      [320, 703],
    ] as const) {
      const text = '{{#each services}}{{#each instances}}\n"{{metadata.a}}{{metadata.b}}": 1\n{{/each}}{{/each}}';
      const metadata = { a: 'a'.repeat(a), b: 'b'.repeat(b) };
      const { text: out, rejected } = render(text, makeView({ services: [makeService('s', [{ metadata }])] }), {
        dialect: 'yaml',
      });
      expect(rejected.length, `${a} and ${b}`).toBe(a === 320 && b === 702 ? 0 : 1);
      for (const judge of Object.values(readers)) expect(await judge(out)).toBeUndefined();
    }
  });

  test('brackets as a key have the same limit, so a template must write them after "? "', () => {
    const key = (length: number): string => `[${'a'.repeat(length - 2)}]`;
    const readers = [(text: string) => parse(text, { mapAsMap: true }) as unknown];
    if (hasPyYaml)
      readers.push((text) =>
        execFileSync(python, ['-c', 'import sys, yaml; list(yaml.parse(sys.stdin))'], { input: text, stdio: 'pipe' }),
      );
    for (const read of readers) {
      expect(() => read(`${key(longestYamlKey)}: 1\n`)).not.toThrow();
      expect(() => read(`${key(longestYamlKey + 1)}: 1\n`)).toThrow();
      expect(() => read(`[${key(longestYamlKey + 1)}: 1]\n`)).toThrow();
      expect(() => read(`? ${key(longestYamlKey + 1)}\n: 1\n`)).not.toThrow();
    }
    const options = { dialect: 'yaml' } as const;
    expect(problemsOf('a: 1\n[{{#each services}}{{name}}, {{/each}}]: 1', options)).toMatchObject([
      { line: 2, message: 'brackets with a value or a block are a key' },
    ]);
    expect(problemsOf('? [{{#each services}}{{name}}, {{/each}}]\n: 1', options)).toEqual([]);
    expect(problemsOf('{a: {{target.name}}, b: {{target.name}} }', options)).toEqual([]);
  });

  test('values and block scalars have no limit', () => {
    const v = `${'a: '.repeat(1000)}b`;
    const text = forEachValue(
      '- k: "{{metadata.v}}"\n- {{metadata.v}}\n- |\n  {{metadata.v}}\n- [{{metadata.v}}, "{{metadata.v}}"]',
    );
    const { text: out, rejected } = render(text, makeView({ services: [makeService('s', [{ metadata: { v } }])] }), {
      dialect: 'yaml',
    });
    expect(rejected).toEqual([]);
    expect(parse(out)).toEqual([{ k: v }, v, `${v}\n`, [v, v]]);
  });
});

/** Names of labels of 63 characters and less. */
function nameOf(length: number): string {
  const name = `${'n'.repeat(63)}.`.repeat(Math.ceil(length / 64)).slice(0, length);
  return name.endsWith('.') ? `${name.slice(0, -2)}.n` : name;
}

describeWith('named-checkzone', 'BIND', (program) => {
  const judgeFor =
    (origin: string): Judge =>
    async (text) => {
      const file = join(await tempDir('rollcall-zone-'), 'zone');
      await writeFile(file, `$TTL 60\n@ SOA ns.x. h.x. 1 60 60 60 60\n@ NS ns.x.\n${text}`);
      const { status, stdout } = spawnSync(program, ['-k', 'ignore', '-i', 'none', origin, file]);
      return status === 0 ? undefined : stdout.toString();
    };
  const judge = judgeFor('example.com');

  test.each<Case>([
    { name: 'a string', line: '{{../name}} TXT "V"', most: longestZoneString },
    { name: 'a string with text', line: '{{../name}} TXT "ab\\065V"', most: longestZoneString - 3 },
    { name: 'a label', line: 'V A 192.0.2.1', most: longestZoneLabel },
    { name: 'a label with text', line: '_V._tcp CNAME a', most: longestZoneLabel - 1 },
    { name: 'a whole name', line: '{{../name}} CNAME V.', most: longestZoneName, value: nameOf },
    { name: 'a whole name with text', line: '{{../name}} CNAME V.abcdef.', most: longestZoneName - 7, value: nameOf },
    {
      name: 'a whole name with a value',
      line: '{{../name}} CNAME V.{{../name}}.',
      most: longestZoneName - 3,
      value: nameOf,
    },
  ])('takes $name up to the limit', (one) => expectLimit('zone', one, judge));

  test('takes a name that an origin of the same length completes', async () => {
    const origin = nameOf(longestZoneName - longestRelativeName - 1);
    await expectLimit(
      'zone',
      { name: '', line: 'V A 192.0.2.1', most: longestRelativeName, value: nameOf },
      judgeFor(origin),
    );
  });

  test('refuses the instance with which a record has too much data', async () => {
    const strings = Math.floor(longestZoneData / 255);
    const left = longestZoneData % 255;
    const text = '{{#each services}}\n{{name}} TXT{{#each instances}} "{{metadata.v}}"{{/each}}\n{{/each}}';
    const write = (last: number) => {
      const lengths = [...Array.from({ length: strings }, () => 254), last];
      const instances = lengths.map((length, index) => ({ id: `${index}`, metadata: { v: 'v'.repeat(length) } }));
      return render(text, makeView({ services: [makeService('s', instances)] }), { dialect: 'zone' });
    };
    const fit = write(left - 1);
    expect(fit.rejected).toEqual([]);
    expect(await judge(fit.text)).toBeUndefined();
    expect(write(left).rejected.map(({ instance }) => instance?.id)).toEqual([`${strings}`]);
    expect(await judge(fit.text.replace('"\n', 'v"\n'))).toBeDefined();
  });
});

describe('programs', () => {
  const judge: Judge = async (text) => {
    const file = join(await tempDir('rollcall-env-'), 'env');
    await writeFile(file, text);
    const { status, stderr } = spawnSync('sh', ['-c', 'set -a; . "$1"; exec env true', 'sh', file]);
    return status === 0 ? undefined : stderr.toString();
  };

  test.each<Case>([
    { name: 'a value', line: 'NAME=V', most: longestVariable - 5 },
    { name: 'a value in quotes', line: 'NAME=V', most: longestVariable - 5, unit: ' ' },
    { name: 'a part of a value', line: 'NAME=abcV', most: longestVariable - 8 },
    { name: 'a value with another one', line: 'NAME=V{{../name}}', most: longestVariable - 7 },
  ])('start with $name up to the limit', async (one) => {
    // The valid instance assigns the same name again, so it comes first here.
    const named = { ...one, line: one.line.replace('NAME', '{{../name}}XX') };
    await expectLimit('dotenv', named, judge);
  });

  test('start without the instance with which a list of addresses is too long', async () => {
    const instances = Array.from({ length: 9000 }, (_, index) => ({
      id: `${index}`,
      address: `192.0.2.${index % 256}`,
    }));
    const text = '{{#each services}}\nADDRS={{#each instances}}{{address}}:{{port}},{{/each}}\n{{/each}}';
    const view = makeView({ services: [makeService('s', instances)] });
    const { rejected } = render(text, view, { dialect: 'dotenv' });
    const gone = new Set(rejected.map(({ instance }) => instance?.id));
    const left = makeView({
      services: [
        makeService(
          's',
          instances.filter(({ id }) => !gone.has(id)),
        ),
      ],
    });
    const second = render(text, left, { dialect: 'dotenv' });
    expect(second.rejected).toEqual([]);
    expect(second.text.trim().length).toBeGreaterThan(longestVariable - 40);
    expect(await judge(second.text)).toBeUndefined();
    expect(await judge(second.text.trimEnd() + '192.0.2.1:8080,192.0.2.2:8080,192.0.2.3:8080,')).toContain('too long');
  });
});
