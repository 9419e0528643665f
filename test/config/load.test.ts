import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { createFileReader } from '../../src/config/contents.js';
import { findConfig } from '../../src/config/find.js';
import { loadConfig } from '../../src/config/load.js';
import { ConfigError, type ConfigProblem } from '../../src/config/problem.js';
import { RollcallError } from '../../src/model/errors.js';
import { formatNames } from '../../src/formats/schema.js';
import { targetKinds } from '../../src/targets/registry.js';
import { tempDir } from '../support/temp.js';

async function problemsOf(text: string): Promise<readonly ConfigProblem[]> {
  const file = join(await tempDir(), 'rollcall.yaml');
  await writeFile(file, text);
  const failure: unknown = await loadConfig(file).catch((error: unknown) => error);
  if (!(failure instanceof ConfigError)) throw new Error(`no ConfigError: ${String(failure)}`);
  expect(failure).toMatchObject({ code: 'CONFIG_INVALID', retry: false });
  for (const problem of failure.problems) expect(problem.file).toBe(file);
  return failure.problems;
}

/** `line:column path: message | hint`. */
const show = ({ line, column, path, message, hint }: ConfigProblem): string =>
  `${line}:${column} ${path === '' ? '' : `${path}: `}${message}${hint === undefined ? '' : ` | ${hint}`}`;

const sources = 'sources: [{ name: web, prefix: /web/ }]\n';
const targets = 'targets: [{ name: nginx, files: [{ path: /out, template: json }] }]\n';
const target = (keys: string): string =>
  `${sources}targets:\n  - name: nginx\n    files: [{ path: /out, template: json }]\n${keys}`;

/** Former keys of `format`, the problem that they give, and its hint. */
const renamed: readonly (readonly [written: string, shown: string, hint: string])[] = [
  ...(
    [
      ['plain', 0, '<service>'],
      ['plain', 1, '<service>/<id>'],
      ['json', 2, '<service...>/<id>'],
      ['nerve', 1, '<service>/<id>/<_>'],
    ] as const
  ).map(
    ([name, depth, key]) =>
      [
        `depth: ${depth}, name: ${name}`,
        '1:45 sources[0].format.depth: is now `key` of the source, which says where the service stands after the prefix',
        `Write \`key: ${key}\` beside \`format\`, not in it.`,
      ] as const,
  ),
  [
    'namespace: /prod, name: kratos',
    '1:45 sources[0].format.namespace: is now the `prefix` of the source',
    'Write `prefix: /prod/`, and leave `namespace` out.',
  ],
  [
    'root: /dns/, name: skydns',
    '1:45 sources[0].format.root: is now the `prefix` of the source',
    'Write `prefix: /dns/`, and leave `root` out.',
  ],
  [
    'labels: 2, name: skydns',
    '1:45 sources[0].format.labels: is now `key` of the source, which says where the service stands after the prefix',
    'Write `key: <service...>/<id>/<id>` beside `format`, not in it.',
  ],
];

describe('a YAML error', () => {
  it.each([
    ['a: 1\nb: 2\na: 3\n', '3:1 this key occurs twice in the same map'],
    ['a:\n\tb: 1\n', '2:1 a tab indents this line | YAML indents with spaces.'],
    [
      'a: [1,\nb: 2\n',
      '2:1 not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['a: 1\n---\nb: 1\n', '2:1 a second document begins here | One file holds one config; remove the `---`.'],
    ['a: &base 1\nb: *bas\n', '2:4 no anchor `&bas` stands above this alias | Did you mean `*base`?'],
    ['a: &x [*x]\n', '1:8 the alias `*x` is inside the value of its own anchor'],
    ['a: !secret x\n', '1:12 the tag !secret is not known here'],
    ['a: !!binary aGk=\n', '1:13 the tag tag:yaml.org,2002:binary is not known here'],
    ['a:\n  <<: 1\n', '2:3 `<<` takes a map, an alias of one, or a list of those'],
    ['? [a]\n: 1\n', '1:3 not valid YAML: With stringKeys, all keys must be strings'],
  ])('%j is shown at its place', async (text, shown) => {
    expect((await problemsOf(text)).map(show)).toContain(shown);
  });

  it('stops an alias bomb', async () => {
    const levels = 'bcdefghi'
      .split('')
      .map((name, at) => `${name}: &${name} [${`*${'abcdefgh'.charAt(at)},`.repeat(9)}]`);
    const [problem, ...others] = await problemsOf(`a: &a [x]\n${levels.join('\n')}\n`);
    expect(problem?.message).toMatch(/alias/);
    expect(others).toEqual([]);
  });

  it('survives nesting that is deeper than the stack', async () => {
    const [problem] = await problemsOf(`vars: ${'['.repeat(100_000)}`);
    expect(problem?.message).toBeTypeOf('string');
  });
});

describe('a wrong config', () => {
  it.each<[string, string, string[]]>([
    ['an empty file', '', ['1:1 expected a map, got nothing']],
    ['a list', '- a\n', ['1:1 expected a map, got a list']],
    ['missing parts', 'vars: {}\n', ['1:1 `sources` is missing', '1:1 `targets` is missing']],
    [
      'empty parts',
      'sources: []\ntargets:\n',
      ['1:10 sources: must not be empty', '2:1 targets: expected a list, got nothing'],
    ],
    ['an unknown key', `ectd: {}\n${sources}${targets}`, ['1:1 ectd: unknown key | Did you mean `etcd`?']],
    [
      'an unknown key like no other',
      `${sources}${targets}logging: {}\n`,
      [
        '3:1 logging: unknown key | Known here: etcd, kubernetes, stateDir, admin, election, env, vars, partials, sources, targets.',
      ],
    ],
    [
      'a misspelt key, once',
      `sources: [{ name: web, prefx: /web/ }]\n${targets}`,
      ['1:24 sources[0].prefx: unknown key | Did you mean `prefix`?'],
    ],
    [
      'a misspelt kind of target, once',
      `${sources}targets:\n  - name: nginx\n    flies: []\n`,
      ['4:5 targets[0].flies: unknown key | Did you mean `files`?'],
    ],
    [
      'a name that cannot be a file’s',
      `sources: [{ name: a/b, prefix: x }]\n${targets}`,
      ['1:19 sources[0].name: may hold letters, digits, dots, dashes and underscores only, 64 at most'],
    ],
    [
      'numbers where text is meant',
      `sources: [{ name: 7, prefix: true }]\n${targets}`,
      [
        '1:19 sources[0].name: expected text, got a number | YAML does not read this as text: put it in quotes.',
        '1:30 sources[0].prefix: expected text, got true | YAML does not read this as text: put it in quotes.',
      ],
    ],
    [
      'a wrong format',
      `sources: [{ name: web, prefix: x, format: jsn }]\n${targets}`,
      [`1:43 sources[0].format: expected one of ${formatNames.join(', ')}; got "jsn" | Did you mean \`json\`?`],
    ],
    [
      'a wrong option of a format',
      `sources: [{ name: web, prefix: x, format: { name: json, zeroWeigth: x } }]\n${targets}`,
      ['1:57 sources[0].format.zeroWeigth: unknown key | Did you mean `zeroWeight`?'],
    ],
    ...renamed.map(([written, shown, hint]): [string, string, string[]] => [
      `what is called otherwise now: ${written}`,
      `sources: [{ name: web, prefix: x, format: { ${written} } }]\n${targets}`,
      [`${shown} | ${hint}`],
    ]),
    [
      'a format without its name',
      `sources: [{ name: web, prefix: x, format: { zeroWeight: unset } }]\n${targets}`,
      [`1:35 sources[0].format: \`name\` is missing | One of ${formatNames.join(', ')}.`],
    ],
    [
      'keys that name a service twice, or never',
      `sources: [{ name: a, prefix: /a, key: <service>/<id>, service: web }, { name: b, prefix: /b, key: x/<id> }]\n${targets}`,
      [
        '1:64 sources[0].service: names the service, and so does the pattern <service>/<id> | Write `<_>` or the name itself in the pattern, or leave `service` out.',
        '1:99 sources[1].key: names no service | Write `<service>` in place of the segment that names it, or set `service`.',
      ],
    ],
    [
      'a key pattern that is none',
      `sources: [{ name: a, prefix: /a, key: /<service> }, { name: b, prefix: /b, key: "<services>/<id>" }]\n${targets}`,
      [
        '1:39 sources[0].key: begins or ends with a slash: it counts the segments after the prefix | Write segments separated by slashes, such as `<service>/<id>`. A segment is `<service>`, `<service...>`, `<id>`, `<_>` or a literal text.',
        '1:81 sources[1].key: has <services>, which is not one of <service>, <service...>, <id>, <_> | Write segments separated by slashes, such as `<service>/<id>`. A segment is `<service>`, `<service...>`, `<id>`, `<_>` or a literal text.',
      ],
    ],
    [
      'a service that cannot be one, and what raw keys have no use for',
      `sources: [{ name: a, prefix: /a, service: "" }, { name: b, prefix: /b, format: raw, key: <id>, service: x }]\n${targets}`,
      [
        '1:43 sources[0].service: is not a valid service name: the service has no name | Write another name.',
        '1:90 sources[1].key: has no effect with the format raw | The format `raw` reads settings, which belong to no service: remove this key.',
        '1:105 sources[1].service: has no effect with the format raw | The format `raw` reads settings, which belong to no service: remove this key.',
      ],
    ],
    [
      'one key that is a directory',
      `sources: [{ name: a, prefix: /a/, exact: true, service: web }]\n${targets}`,
      [
        '1:30 sources[0].prefix: is not a whole key, and `exact: true` reads exactly one key | Write the whole key, or remove `exact`.',
      ],
    ],
    [
      'wrong filters',
      `sources: [{ name: web, prefix: x, select: { status: [pasing], tags: [] }, addresses: { deny: [10/8] } }]\n${targets}`,
      [
        '1:54 sources[0].select.status[0]: expected one of passing, draining, critical; got "pasing" | Did you mean `passing`?',
        '1:69 sources[0].select.tags: must not be empty',
        '1:95 sources[0].addresses.deny[0]: is no CIDR block such as 10.0.0.0/8 or fd00::/8',
      ],
    ],
    [
      'a credential for templates',
      `env: [ETCDCTL_USER, "a b"]\n${sources}${targets}`,
      [
        '1:7 env[0]: is not allowed here: ETCDCTL_* variables are credentials',
        '1:21 env[1]: is not the name of an environment variable',
      ],
    ],
    [
      'shell syntax in a command',
      target('    check: nginx -t && true\n'),
      [
        '5:12 targets[0].check: "&" is `&&` or a background job to a shell, and commands run without a shell | Quote it if you mean it literally, or ask for a shell: [sh, -c, "nginx -t && true"]',
      ],
    ],
    [
      "confd's path of the new file",
      target('    check: /usr/sbin/nginx -t -c {{ .src }}\n'),
      [
        "5:12 targets[0].check: {{ .src }} is confd's notation, and the command would get it as it is | In a `check`, write {staged}: it is the path of the one new file. Elsewhere, write the path of the output.",
      ],
    ],
    [
      "confd's paths in lists",
      target(
        '    check: { command: [nginx, -c, "{{.src}}"] }\n    reload: { command: [touch, "a-{{.dest}}"] }\n    confirm: { command: [test, -f, "{{src}}"] }\n',
      ),
      [
        "5:35 targets[0].check.command[2]: {{.src}} is confd's notation, and the command would get it as it is | In a `check`, write {staged}: it is the path of the one new file. Elsewhere, write the path of the output.",
        "6:32 targets[0].reload.command[1]: {{.dest}} is confd's notation, and the command would get it as it is | In a `check`, write {staged}: it is the path of the one new file. Elsewhere, write the path of the output.",
        "7:36 targets[0].confirm.command[2]: {{src}} is confd's notation, and the command would get it as it is | In a `check`, write {staged}: it is the path of the one new file. Elsewhere, write the path of the output.",
      ],
    ],
    [
      "another program's braces, which are allowed, and an unknown key",
      target('    check: [docker, inspect, -f, "{{.State.Running}}", web]\n    chek: []\n'),
      ['6:5 targets[0].chek: unknown key | Did you mean `check`?'],
    ],
    ['an empty command', target('    check: []\n'), ['5:12 targets[0].check: a command names at least a program']],
    [
      'a check of the wrong shape',
      target('    check: 7\n'),
      [
        '5:12 targets[0].check: expected a list or text or a map, got a number | YAML does not read this as text: put it in quotes.',
      ],
    ],
    [
      'a misspelt kind of reload',
      target('    reload: { comand: [x], timeout: 30 }\n'),
      [
        '5:15 targets[0].reload.comand: unknown key | Did you mean `command`?',
        '5:37 targets[0].reload.timeout: a duration needs a unit: 30s or 30ms',
      ],
    ],
    [
      'a duration that no timer can keep',
      target('    reload: { command: [x], timeout: 600h }\n'),
      ['5:38 targets[0].reload.timeout: must be at most 24h'],
    ],
    [
      'a reload of no kind',
      target('    reload: { timeout: 3s }\n'),
      ['5:5 targets[0].reload: needs one of `command`, `signal`, `http`, `rollout`'],
    ],
    [
      'a reload of two kinds',
      target('    reload: { command: [x], signal: HUP, pidFile: /run/x.pid }\n'),
      ['5:15 targets[0].reload.command: cannot be used together with `signal`'],
    ],
    [
      'a wrong signal, and no pid file',
      target('    reload: { signal: HPU, pidFile: }\n'),
      [
        '5:23 targets[0].reload.signal: expected one of HUP, USR1, USR2, WINCH, INT, QUIT, TERM; got "HPU" | Did you mean `HUP`?',
        '5:28 targets[0].reload.pidFile: expected text, got nothing',
      ],
    ],
    [
      'durations',
      target('    reload: { command: [x], timeout: 0s, minInterval: soon }\n'),
      [
        '5:38 targets[0].reload.timeout: must be at least 1ms',
        '5:55 targets[0].reload.minInterval: "soon" is no duration: write 500ms, 2s, 10m or 1h',
      ],
    ],
    [
      'haproxyRuntime without a reload',
      target('    haproxyRuntime: { socket: a.sock }\n'),
      ['5:5 targets[0].haproxyRuntime: needs a `reload` beside it, for what a running HAProxy cannot change'],
    ],
    [
      'a confirm without a reload',
      target('    confirm: { command: [x] }\n'),
      ['5:5 targets[0].confirm: has nothing to confirm: the target has no `reload`'],
    ],
    [
      'a check of one staged file where there are two',
      `${sources}targets:\n  - name: n\n    files: [{ path: /a, template: json }, { path: /b, template: json }]\n    check: [nginx, -c, "{staged}"]\n`,
      [
        '5:12 targets[0].check: {staged} means one file, but this target has more: check them in place, without {staged}',
      ],
    ],
    [
      'a target without a kind',
      `${sources}targets: [{ name: n }]\n`,
      [`2:11 targets[0]: needs ${targetKinds.keys.map((key) => `\`${key}\``).join(' or ')}`],
    ],
    [
      'a target of two kinds',
      target('    skydns: { domain: svc.example.com, owner: a }\n'),
      ['5:5 targets[0].skydns: cannot be used together with `files`: a target is of one kind'],
    ],
    [
      'names that are taken, and sources that are not there',
      `sources: [{ name: a, prefix: a }, { name: a, prefix: b }]\ntargets:\n` +
        `  - { name: t, sources: [b], files: [{ path: out, template: json }] }\n` +
        `  - { name: t, sources: [serivces], files: [{ path: ./x/../out, template: json }] }\n`,
      [
        '1:43 sources[1].name: is taken already by sources[0].name',
        '3:26 targets[0].sources[0]: no source has the name "b" | Did you mean `a`?',
        '4:13 targets[1].name: is taken already by targets[0].name',
        '4:26 targets[1].sources[0]: no source has the name "serivces" | The sources are: a, a.',
        '4:53 targets[1].files[0].path: is taken already by targets[0].files[0].path',
      ],
    ],
    [
      'the serial of a file, which a kind of target counts now',
      `${sources}targets: [{ name: n, files: [{ path: /z, template: json, serial: true }] }]\n`,
      [
        '2:58 targets[0].files[0].serial: is now the kind of target `zoneFile`, which writes the whole zone and counts its serial | Write `zoneFile: { path: …, zone: …, ns: […] }` in place of `files`.',
      ],
    ],
    [
      'a TTL for a source that is not there',
      `${sources}targets: [{ name: n, zoneFile: { path: /z, zone: a.example, ns: [b.example], sourceTtl: { servicse: 5 } } }]\n`,
      ['2:101 targets[0].zoneFile.sourceTtl.servicse: no source has the name "servicse" | The sources are: web.'],
    ],
    [
      'records that would be read as registrations',
      `sources: [{ name: all, prefix: / }]\ntargets: [{ name: dns, skydns: { domain: svc.example.com, owner: a } }]\n`,
      ['2:24 targets[0].skydns.prefix: overlaps with sources[0].prefix: rollcall would read the keys that it writes'],
    ],
    [
      'two owners of one name',
      `${sources}targets:\n  - { name: a, skydns: { domain: svc.example.com, owner: x } }\n  - { name: b, skydns: { domain: svc.example.com, owner: x } }\n`,
      ['4:58 targets[1].skydns.owner: is taken already by targets[0].skydns.owner'],
    ],
    [
      'keys behind anchors and merges, where they are written',
      `vars:\n  base: &base\n    comand: [x]\n${sources}targets:\n  - name: n\n    files: [{ path: /a, template: json }]\n    reload:\n      <<: *base\n      timeout: 3s\n`,
      ['3:5 targets[0].reload.comand: unknown key | Did you mean `command`?'],
    ],
  ])('%s', async (_, text, shown) => {
    expect((await problemsOf(text)).map(show)).toEqual(shown);
  });

  it('shows the line with a caret below, after tabs too', async () => {
    const [problem] = await problemsOf(`${sources}targets:\t[{ name: n, fliles: [] }]\n`);
    expect(problem?.excerpt).toBe('2 | targets:\t[{ name: n, fliles: [] }]\n  |         \t            ^');
  });

  it('never shows a password, however its key is misspelt', async () => {
    const secret = 'hunter2';
    for (const line of [
      `auth: {username: root, password: ${secret}, x: 1}`,
      `auth: {username: 7, pasword: ${secret}}`,
      `auth: {usrname: root, pw: ${secret}}`,
      `auth: {username: root, pw: ${secret}}`,
      `auth: ${secret}`,
      `authh: {password: ${secret}}`,
      `auth: {password: "${secret}}`,
    ]) {
      const problems = await problemsOf(`etcd:\n  ${line}\n${sources}${targets}`);
      expect(problems.length, line).toBeGreaterThan(0);
      expect(JSON.stringify(problems), line).not.toContain(secret);
    }
  });
});

describe('an address with a password in it', () => {
  const secret = 'hunter2';
  it.each([
    [`etcd: { endpoints: ["https://root:${secret}@192.0.2.1:2379"] }\n${sources}${targets}`, 1],
    [`etcd: { endpoints: [root:${secret}@192.0.2.1:2379] }\n${sources}${targets}`, 1],
    [`etcd: { endpoints: ["https://root:a ${secret}@192.0.2.1:2379"] }\n${sources}${targets}`, 1],
    [target(`    reload: { http: { url: "http://u:${secret}@192.0.2.1/" } }\n`), 1],
    [target(`    reload: { http: { url: "http://u:${secret}@192.0.2.1/", methd: PUT } }\n`), 2],
    [`etcd: { endpoints: ["https://root:${secret}@192.0.2.1:2379" }\n`, 1],
  ])('is refused and never shown: %j', async (text, least) => {
    const problems = await problemsOf(text);
    expect(problems.length).toBeGreaterThanOrEqual(least);
    expect(JSON.stringify(problems)).not.toContain(secret);
  });

  it('does not hide the rest of its line, and the caret stands before it', async () => {
    const problems = await problemsOf(`etcd: { endpoints: ["https://a:b@h"], x: 1 }\n${sources}${targets}`);
    const unknown = problems.find(({ path }) => path === 'etcd.x');
    expect(unknown?.excerpt).toBe(`1 | etcd: { endpoints: ["https://…@h"], x: 1 }\n  | ${' '.repeat(29)}^`);
  });
});

describe('a suspicious setting', () => {
  it('is a warning at its place', async () => {
    const file = join(await tempDir(), 'rollcall.yaml');
    await writeFile(
      file,
      'sources:\n  - { name: all, prefix: "" }\n  - { name: a, prefix: /a/ }\n  - { name: b, prefix: /a/b/ }\n' +
        'targets: [{ name: n, select: { services: [api] }, expect: [api, web], files: [{ path: /out, template: json }] }]\n',
    );
    expect((await loadConfig(file)).warnings.map(show)).toEqual([
      '2:26 sources[0].prefix: is empty: every key of the store is read',
      '4:24 sources[2].prefix: overlaps with sources[1].prefix: the keys below both are read twice',
      '5:65 targets[0].expect[1]: "web" is not among `select.services`: it will always be empty',
    ]);
  });
});

describe('a good config', () => {
  it('has its defaults, its durations in milliseconds, and its paths from the directory of the file', async () => {
    const dir = await tempDir();
    const file = join(dir, 'rollcall.yaml');
    await writeFile(
      file,
      `etcd: { tls: { ca: pki/ca.pem }, auth: { username: u, passwordFile: ./password } }
stateDir: state
partials: { upstream: parts/upstream.hbs, abs: /etc/abs.hbs }
sources:
  - { name: web, prefix: /web/ }
targets:
  - name: nginx
    files: [{ path: out/a.conf, template: nginx-upstreams }]
    check: nginx -t
    reload: { signal: HUP, pidFile: run/nginx.pid }
    confirm: { http: { url: "http://127.0.0.1/", headers: { A: { file: token }, B: token } }, timeout: 1m }
`,
    );
    const { config, directory: folder, warnings, files } = await loadConfig(file);
    expect(folder).toBe(dir);
    expect(warnings).toEqual([]);
    expect([...files.keys()]).toEqual([file]);
    expect(config).toMatchObject({
      etcd: { tls: { ca: `${dir}/pki/ca.pem` }, auth: { passwordFile: `${dir}/password` } },
      stateDir: `${dir}/state`,
      env: [],
      vars: {},
      partials: { upstream: `${dir}/parts/upstream.hbs`, abs: '/etc/abs.hbs' },
      sources: [{ name: 'web', prefix: '/web/', format: { name: 'auto' }, trustValue: false }],
    });
    expect(config.targets[0]).toMatchObject({
      expect: [],
      vars: {},
      files: [{ path: `${dir}/out/a.conf`, template: 'nginx-upstreams' }],
      check: { command: ['nginx', '-t'], timeout: 30_000 },
      reload: { signal: 'HUP', pidFile: `${dir}/run/nginx.pid`, minInterval: 1000, timeout: 30_000 },
      confirm: { http: { method: 'GET', headers: { A: { file: `${dir}/token` }, B: 'token' } }, timeout: 60_000 },
    });
  });

  it('may be JSON, and may use anchors and merges', async () => {
    const file = join(await tempDir(), 'rollcall.yaml');
    await writeFile(
      file,
      '{"sources": [{"name": "web", "prefix": "/web/"}], "targets": [{"name": "n", "files": [{"path": "/o", "template": "json"}]}]}',
    );
    expect((await loadConfig(file)).config.stateDir).toBe('/var/lib/rollcall');
    await writeFile(
      file,
      `${sources}targets:\n  - &one\n    name: a\n    files: [{ path: /a, template: json }]\n    expect: &web [web]\n  - <<: *one\n    name: b\n    files: [{ path: /b, template: json }]\n    vars: { names: *web }\n`,
    );
    const [, second] = (await loadConfig(file)).config.targets;
    expect(second).toMatchObject({ name: 'b', expect: ['web'], vars: { names: ['web'] }, files: [{ path: '/b' }] });
  });

  it('gives the place of problems that other checks find', async () => {
    const file = join(await tempDir(), 'rollcall.yaml');
    await writeFile(file, `${sources}${targets}`);
    const loaded = await loadConfig(file);
    expect(loaded.locate(['targets', 0, 'files', 0, 'template'], 'is not to be found', 'Write it.')).toEqual({
      file,
      line: 2,
      column: 58,
      path: 'targets[0].files[0].template',
      message: 'is not to be found',
      hint: 'Write it.',
      excerpt: `2 | ${targets.trim()}\n  | ${' '.repeat(57)}^`,
    });
  });

  it('shows no line for a problem of a key that the file does not have', async () => {
    const file = join(await tempDir(), 'rollcall.yaml');
    await writeFile(file, `${sources}${targets}`);
    const place = { file, line: 1, column: 1, excerpt: '' };
    const loaded = await loadConfig(file);
    expect(loaded.locate(['etcd'], 'does not answer')).toEqual({ ...place, path: 'etcd', message: 'does not answer' });
  });
});

describe('a file that is no config', () => {
  it('is named once when it is absent, a directory, or not text', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'bytes'), Buffer.from([0x61, 0xff]));
    for (const [name, reason] of [
      ['absent', 'it does not exist (ENOENT)'],
      ['.', 'it is a directory (EISDIR)'],
      ['bytes', 'it is not UTF-8 text'],
    ] as const)
      await expect(loadConfig(join(dir, name))).rejects.toMatchObject({
        name: 'ConfigError',
        code: 'CONFIG_NOT_FOUND',
        files: new Map([[join(dir, name), expect.any(String)]]),
        message: `${join(dir, name)}:1:1: cannot be read: ${reason}`,
      });
  });

  it('is named without a doubled slash below the root directory', async () => {
    const path = '/absent-rollcall.yaml';
    expect(await createFileReader().read(path)).toEqual({
      why: `there is no ${path} (ENOENT)`,
      reason: 'it does not exist (ENOENT)',
    });
  });

  it('is refused with a ConfigError when a map has the key `length` of a list', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'rollcall-'));
    const file = join(dir, 'rollcall.yaml');
    await writeFile(file, 'sources:\n  length:\n    toString: ""\n');
    await expect(loadConfig(file)).rejects.toMatchObject({ name: 'ConfigError', code: 'CONFIG_INVALID' });
    await rm(dir, { recursive: true });
  });

  it('is refused only with a ConfigError, whatever it holds', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'rollcall-'));
    const file = join(dir, 'rollcall.yaml');
    const words = [
      'sources',
      'targets',
      'etcd',
      'name',
      'prefix',
      'files',
      'path',
      'template',
      'reload',
      'check',
      'confirm',
      'command',
      'signal',
      'http',
      'url',
      'headers',
      'format',
      'where',
      'status',
      'vars',
      'env',
      'partials',
      'skydns',
      'select',
      'services',
      'expect',
      'tls',
      'auth',
      '__proto__',
      'constructor',
      'toString',
      'length',
      '0',
      '<<',
      '',
    ];
    const leaf = fc.oneof(
      fc.constantFrom<unknown>(
        ...words,
        null,
        true,
        0,
        1,
        -1,
        1.5,
        Infinity,
        'json',
        'auto',
        'raw',
        'nginx -t',
        'a | b',
        '{staged}',
        '3s',
        '/a',
        'HUP',
      ),
      fc.string(),
    );
    const tree = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...words), tie('node'), { maxKeys: 5, noNullPrototype: false }),
      ),
    })).node;
    const yaml = fc.oneof(
      fc
        .dictionary(fc.constantFrom(...words.slice(0, 3), 'vars', 'env', 'partials'), tree, { maxKeys: 6 })
        .map((data) => stringify(data)),
      tree.map((data) => stringify(data)),
      fc.string({
        unit: fc.constantFrom(
          'a',
          ':',
          ' ',
          '\n',
          '-',
          '[',
          ']',
          '{',
          '}',
          '&',
          '*',
          '<',
          '"',
          "'",
          '|',
          '#',
          '!',
          '?',
          ',',
          '\t',
          '%',
        ),
      }),
      fc.string({ unit: 'binary' }),
    );
    try {
      await fc.assert(
        fc.asyncProperty(yaml, async (text) => {
          await writeFile(file, text);
          const failure: unknown = await loadConfig(file).then(
            () => undefined,
            (error: unknown) => error,
          );
          if (failure === undefined) return;
          expect(failure).toBeInstanceOf(ConfigError);
          const { problems } = failure as ConfigError;
          expect(problems.length).toBeGreaterThan(0);
          const lines = text.split('\n').length;
          for (const { line, column, message } of problems) {
            expect(line >= 1 && line <= lines && column >= 1 && message !== '').toBe(true);
          }
        }),
        { numRuns: 400 },
      );
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

describe('the place of the config', () => {
  it('comes from -c, then from $ROLLCALL_CONFIG, then from the working directory', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'rollcall.yaml'), '');
    const environment = { ROLLCALL_CONFIG: 'from-env.yaml' };
    expect(await findConfig('named.yaml', environment, dir)).toBe(join(dir, 'named.yaml'));
    expect(await findConfig(undefined, environment, dir)).toBe(join(dir, 'from-env.yaml'));
    expect(await findConfig(undefined, { ROLLCALL_CONFIG: '' }, dir)).toBe(join(dir, 'rollcall.yaml'));
  });

  it('is in the error when there is no config', async () => {
    const dir = await tempDir();
    const failure = await findConfig(undefined, {}, dir).catch((error: unknown) => error);
    // On a machine with /etc/rollcall/rollcall.yaml, that file is found.
    if (typeof failure === 'string') expect(failure).toBe('/etc/rollcall/rollcall.yaml');
    else {
      expect(failure).toBeInstanceOf(RollcallError);
      expect(failure).toMatchObject({
        code: 'CONFIG_NOT_FOUND',
        message: `no config: neither ${dir}/rollcall.yaml nor /etc/rollcall/rollcall.yaml exists`,
      });
    }
  });
});
