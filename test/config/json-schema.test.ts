import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fileKinds, type FileKind } from '../../src/config/file-kind.js';
import { readBuiltIns } from '../../src/build/built-ins.js';
import { createJsonSchema } from '../../src/config/json-schema.js';
import { fixtureSchema } from '../../src/config/fixture.js';
import { configSchema } from '../../src/config/schema.js';
import { testsSchema } from '../../src/config/test-file.js';
import { targetKinds } from '../../src/targets/registry.js';
import { rollcall } from '../support/command.js';
import { tempDir } from '../support/temp.js';

const root = join(import.meta.dirname, '../..');
const packed = { config: 'rollcall.schema.json', fixture: 'fixture.schema.json', test: 'test.schema.json' };
const read = (kind: FileKind): string => readFileSync(join(root, 'docs', 'schema', packed[kind]), 'utf8');
const ajv = new Ajv({ allErrors: true });
const builtIns = await readBuiltIns();
const validate = ajv.compile(createJsonSchema('config', targetKinds, builtIns));

/** The errors of the JSON Schema: path and message. */
function faultsOf(config: unknown): string[] {
  return validate(config) ? [] : (validate.errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message ?? ''}`);
}

function yamlFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(folder, file));
}

const blocks = ['README.md', ...readdirSync(join(root, 'docs')).map((file) => join('docs', file))]
  .filter((file) => file.endsWith('.md'))
  .flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^( *)```yaml\n([\s\S]*?)^ *```$/gm)].map(
      ({ 1: indent = '', 2: text = '' }) => [file, text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')] as const,
    ),
  )
  .filter(([, text]) => /^targets:/m.test(text));

describe.each(fileKinds)('the JSON Schema of the kind `%s`', (kind) => {
  it('is the one in the package, and the one that `rollcall schema` prints', async () => {
    const text = `${JSON.stringify(createJsonSchema(kind, targetKinds, builtIns), undefined, 2)}\n`;
    expect(read(kind), `docs/schema/${packed[kind]} is old: run npm run docs`).toBe(text);
    expect(await rollcall(['schema', kind])).toEqual({ code: 0, signal: null, stdout: text, stderr: '' });
  });

  it('has a description for every key, and refuses unknown ones in every map', () => {
    const bare: string[] = [];
    const look = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties } = schema as { properties?: Record<string, { description?: string; const?: string }> };
      for (const [key, value] of Object.entries(properties ?? {}))
        if (value.description === undefined) bare.push(`${path}.${key}`);
      if (properties) expect(schema, path).toMatchObject({ additionalProperties: false });
      // Conditions about vars describe a part of a map: they add no keys.
      for (const [key, value] of Object.entries(schema))
        if (key !== 'if' && key !== 'then') look(value, `${path}/${key}`);
    };
    look(createJsonSchema(kind, targetKinds, builtIns), '');
    expect(bare).toEqual([]);
  });
});

describe('the JSON Schema of the config', () => {
  it('is printed by default', async () => {
    expect((await rollcall(['schema'])).stdout).toBe(read('config'));
  });

  it('is written to a named file, and a failure gives the reason', async () => {
    const cwd = await tempDir();
    expect(await rollcall(['schema', '--output', 'a.json'], { cwd })).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(join(cwd, 'a.json'), 'utf8')).toBe(read('config'));
    const { code, stderr } = await rollcall(['schema', '--output', 'no/a.json'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/no\/a\.json: there is no directory for no\/a\.json \(ENOENT\)\n.*\(OUTPUT_UNWRITABLE\)/);
  });

  it.each(blocks)('accepts the config of %s', (_file, text) => {
    const config = parse(text) as Record<string, unknown>;
    expect(faultsOf({ sources: [{ name: 'services', prefix: '/services/' }], ...config })).toEqual([]);
  });

  it.each(yamlFiles('src/cli/commands/init/starters').map((file) => [file]))('accepts %s', (file) => {
    expect(faultsOf(parse(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });
});

const right = {
  etcd: { endpoints: ['127.0.0.1:2379'], callTimeout: '1m30s', auth: { username: 'a', passwordFile: 'b' } },
  vars: { any: [1, { a: null }] },
  partials: { 'a/b': 'c.hbs' },
  sources: [
    { name: 'a', prefix: '', format: { name: 'json', fields: { port: 'p' } }, addresses: { deny: ['::1/128'] } },
  ],
  targets: [
    {
      name: 'b',
      files: [{ path: 'x', template: 'json', mode: '0640', owner: 0 }],
      check: 'nginx -t',
      reload: { http: { url: 'http://127.0.0.1/', headers: { a: { file: 'b' } } }, minInterval: '0' },
      confirm: { command: ['true'], timeout: '1s' },
    },
  ],
};
const [target] = right.targets;
const [source] = right.sources;
const withTarget = (more: object) => ({ ...right, targets: [{ ...target, ...more }] });
const withSource = (more: object) => ({ ...right, sources: [{ ...source, ...more }] });

describe('the JSON Schema refuses what the command refuses', () => {
  it('but both accept a valid config', () => {
    expect(faultsOf(right)).toEqual([]);
    expect(
      configSchema.safeParse({ ...right, targets: [{ ...target, files: [{ path: '/x', template: 'a' }] }] }),
    ).toMatchObject({
      success: true,
    });
  });

  it.each<[string, unknown]>([
    ['a misspelt key of the whole', { ...right, tragets: [] }],
    ['a misspelt key of etcd', { ...right, etcd: { endpoint: [] } }],
    ['no targets', { sources: right.sources }],
    ['an empty list of sources', { ...right, sources: [] }],
    ['a name with a slash', withSource({ name: 'a/b' })],
    ['an unknown format', withSource({ format: 'jsn' })],
    ['an option of another format', withSource({ format: { name: 'plain', zeroWeight: 'unset' } })],
    ['an unknown field of json', withSource({ format: { name: 'json', fields: { adress: 'a' } } })],
    ['an unknown status', withSource({ select: { status: ['well'] } })],
    ['a number where text is meant', withSource({ prefix: 7 })],
    ['a duration without a unit', { ...right, etcd: { callTimeout: '5' } }],
    ['a duration that is a number', { ...right, etcd: { callTimeout: 5 } }],
    ['a login of two passwords', { ...right, etcd: { auth: { username: 'a', password: 'b', passwordFile: 'c' } } }],
    ['a certificate without its key', { ...right, etcd: { tls: { cert: 'a' } } }],
    ['a file without a template', withTarget({ files: [{ path: '/x' }] })],
    ['a mode that YAML takes for a number', withTarget({ files: [{ path: '/x', template: 'a', mode: 644 }] })],
    ['an unknown dialect', withTarget({ files: [{ path: '/x', template: 'a', dialect: 'ngnix' }] })],
    ['two kinds of reload', withTarget({ reload: { command: 'a', signal: 'HUP', pidFile: 'b' } })],
    ['an unknown signal', withTarget({ reload: { signal: 'KILL', pidFile: 'b' } })],
    ['a signal without a pid file', withTarget({ reload: { signal: 'HUP' } })],
    ['a check of no words', withTarget({ check: [] })],
    ['a status that HTTP does not know', withTarget({ reload: { http: { url: 'http://a', status: 7 } } })],
  ])('%s', (_what, config) => {
    expect(configSchema.safeParse(config).success).toBe(false);
    expect(faultsOf(config)).not.toEqual([]);
  });

  it.each<[string, object]>([
    ['a text where a built-in template takes true or false', { allowNames: 'no' }],
    ['a number where it takes text', { prefix: 5 }],
    ['a text that its pattern refuses', { zoneSize: 'big' }],
    ['a number out of range', { keepalive: -1 }],
    ['a name that no built-in template has', { allowName: true }],
  ])('%s', (_what, vars) => {
    const files = [{ path: '/x', template: 'nginx-upstreams' }];
    expect(faultsOf(withTarget({ files, vars: { prefix: 'rc_', allowNames: true } }))).toEqual([]);
    expect(faultsOf(withTarget({ files, vars }))).not.toEqual([]);
  });

  it('but a template of the user may read any var of any type, beside a built-in one too', () => {
    const own = { path: '/y', template: './own.hbs' };
    expect(faultsOf(withTarget({ files: [own], vars: { allowNames: 'no', any: 1 } }))).toEqual([]);
    const both = [{ path: '/x', template: 'nginx-upstreams' }, own];
    expect(faultsOf(withTarget({ files: both, vars: { any: 1, prefix: 'rc_' } }))).toEqual([]);
    expect(faultsOf(withTarget({ files: both, vars: { allowNames: 'no' } }))).not.toEqual([]);
    expect(faultsOf({ ...right, vars: { any: 1 }, targets: [{ ...target, files: both }] })).toEqual([]);
  });

  it('also for shapes that the cross-checks refuse', () => {
    expect(faultsOf({ ...right, targets: [{ name: 'b' }] })).not.toEqual([]);
    expect(faultsOf(withTarget({ skydns: { domain: 'a', owner: 'b' } }))).not.toEqual([]);
    expect(faultsOf({ ...right, targets: [{ ...target, reload: undefined }] })).not.toEqual([]);
  });
});

describe.each([
  { kind: 'fixture', schema: fixtureSchema },
  { kind: 'test', schema: testsSchema },
] as const)('of a $kind, its schema and its JSON Schema', ({ kind, schema }) => {
  const judge = ajv.compile(createJsonSchema(kind));
  const instance = { address: '192.0.2.1', port: 80 };
  const fixture = {
    services: {
      web: ['192.0.2.1:80', { ...instance, port: 81, tags: ['a'], metadata: { a: 'b' }, status: 'draining' }],
      empty: [],
    },
    keys: { '/services/web/1': '192.0.2.1:80', '/services/web/2': { host: '192.0.2.2', port: 80 } },
    sources: [{ name: 'a', prefix: '/services/', format: 'plain' }],
    expect: ['web'],
    vars: { any: [1, { a: null }] },
    env: { REGION: 'eu' },
  };
  const test = { template: './a.hbs', from: fixture, expect: 'out.txt', quarantined: ['web'] };
  const right = {
    fixture: [fixture, {}],
    test: [test, [test, { name: 'a', target: 'web', config: 'c.yaml', from: './fixture.yaml', expect: { a: 'b\n' } }]],
  };
  const wrongFixtures = [
    { servces: {} },
    { services: { web: [{ ...instance, adress: 'a' }] } },
    { services: { web: [{ port: 80 }] } },
    { services: { web: [{ ...instance, port: '80' }] } },
    { services: { web: [{ ...instance, status: 'well' }] } },
    { services: { web: '192.0.2.1:80' } },
    { keys: { a: 7 } },
    { sources: [] },
    { env: { REGION: 7 } },
    [],
  ];
  const wrong = {
    fixture: wrongFixtures,
    test: [
      ...wrongFixtures.map((from) => ({ ...test, from })),
      { ...test, templat: 'a' },
      { ...test, dialect: 'ngnix' },
      [],
    ],
  };

  it.each(right[kind].map((file) => [file]))('accept %j', (file) => {
    expect(schema.safeParse(file).error).toBeUndefined();
    expect(judge(file), JSON.stringify(judge.errors)).toBe(true);
  });

  it.each(wrong[kind].map((file) => [file]))('refuse %j', (file) => {
    expect(schema.safeParse(file).success).toBe(false);
    expect(judge(file)).toBe(false);
  });
});
