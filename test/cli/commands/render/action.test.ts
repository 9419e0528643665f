import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { describeWith } from '../../../support/binaries.js';
import { rollcall, type Ended } from '../../../support/command.js';
import { createPlace } from '../../../support/config.js';
import { startEtcd, type EtcdServer } from '../../../support/etcd.js';
import { putKey } from '../../../support/keys.js';
import { freePort } from '../../../support/ports.js';
import { tempDir } from '../../../support/temp.js';

const list = '{{#each services}}{{name}}:{{#each instances}} {{host}}:{{port}}{{/each}}\n{{/each}}';

describe('rollcall render --from', () => {
  /** A directory without a config, with the fixture and these files. */
  async function folder(fixture: object, files: Readonly<Record<string, string>> = {}) {
    const cwd = await tempDir();
    await writeFile(join(cwd, 'fixture.yaml'), stringify(fixture));
    for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
    const render = (...args: string[]): Promise<Ended> =>
      rollcall(['render', '--from', 'fixture.yaml', ...args], { cwd, env: { REGION: 'elsewhere' } });
    return { cwd, render };
  }

  it('renders a built-in template without a config and without etcd', async () => {
    const web = [{ address: '192.0.2.1', port: 80, weight: 5 }, '[2001:db8::1]:81'];
    const { cwd, render } = await folder({ services: { web, api: [] }, expect: ['api'] });
    const { code, stdout, stderr } = await render('nginx-upstreams');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('upstream web {\n    server 192.0.2.1:80 weight=5;\n    server [2001:db8::1]:81;\n}\n');
    expect(stdout).toContain('upstream api {\n');
    expect(await readdir(cwd)).toEqual(['fixture.yaml']);
  });

  it('gives a template every field, the vars, and only the environment of the fixture', async () => {
    const one = {
      id: 'a1',
      address: 'EXAMPLE.com',
      port: 443,
      weight: 0,
      scheme: 'https',
      zone: 'z',
      version: '2',
      tags: ['b', 'a'],
      metadata: { k: 'v' },
      status: 'draining',
    };
    const fixture = { services: { web: [one] }, vars: { title: 'all' }, env: { REGION: 'eu' } };
    const text =
      '{{vars.title}} {{env.REGION}}{{#each services}}{{#each instances}} {{id}} {{service}} {{host}} {{port}} {{weight}} {{scheme}}' +
      ' {{zone}} {{version}} {{#each tags}}{{this}},{{/each}} {{metadata.k}} {{status}} {{source}} {{key}}{{/each}}{{/each}}';
    const { render } = await folder(fixture, { 't.hbs': text });
    expect(await render('./t.hbs')).toMatchObject({
      code: 0,
      stdout: 'all eu a1 web example.com 443 0 https z 2 a,b, v draining services /services/web/a1',
      stderr: '',
    });
  });

  it('reads keys through the sources of the fixture, raw keys too', async () => {
    const fixture = {
      sources: [
        { name: 'services', prefix: '/services/', select: { tags: ['public'] } },
        { name: 'settings', prefix: '/config/', format: 'raw' },
      ],
      keys: {
        '/services/web/a': { address: '192.0.2.1', port: 80, tags: ['public'] },
        '/services/web/b': { address: '192.0.2.2', port: 80 },
        '/services/web/c': 'nonsense',
        '/config/title': 'hello',
      },
      services: { api: [{ address: '192.0.2.9', port: 1, tags: ['public'] }, '192.0.2.8:1'] },
    };
    const { render } = await folder(fixture, { 't.hbs': `{{kv.tree.settings.title}}\n${list}` });
    const { code, stdout, stderr } = await render('t.hbs');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hello\napi: 192.0.2.9:1\nweb: 192.0.2.1:80\n' });
    expect(stderr).toMatch(/^rejected: "\/services\/web\/c" {2}not-recognised: [^\n]*\n$/);
  });

  it('requires no lease of the registrations of a fixture', async () => {
    const fixture = {
      sources: [{ name: 'services', prefix: '/services/', requireLease: true }],
      services: { api: ['192.0.2.1:80'] },
      keys: { '/services/web/1': '192.0.2.2:80' },
    };
    const { render } = await folder(fixture, { 't.hbs': list });
    expect(await render('./t.hbs')).toMatchObject({
      code: 0,
      stdout: 'api: 192.0.2.1:80\nweb: 192.0.2.2:80\n',
      stderr: '',
    });
  });

  it('renders a template for one service, and lists the services for an unknown one', async () => {
    const { render } = await folder(
      { services: { web: ['192.0.2.1:80'], api: ['192.0.2.2:80'] } },
      { 'one.map.hbs': '{{#each service.instances}}{{host}} {{service}}\n{{/each}}' },
    );
    expect(await render('./one.map.hbs', '--service', 'web')).toMatchObject({ code: 0, stdout: '192.0.2.1 web\n' });
    const { code, stdout, stderr } = await render('./one.map.hbs', '--service', 'wbe');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('no instance of "wbe" is registered\n  Did you mean web?');
  });

  it('exits 1 when something is left out, renders the rest, and says what is missing', async () => {
    const { render } = await folder(
      { services: { web: [{ address: '192.0.2.1', port: 80, metadata: { rack: 'r1' } }, '192.0.2.2:80'] } },
      { 't.hbs': '{{#each services}}{{#each instances}}{{metadata.rack}}\n{{/each}}{{/each}}' },
    );
    const { code, stdout, stderr } = await render('./t.hbs');
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'r1\n' });
    expect(stderr).toMatch(/^left out: web 192\.0\.2\.2:80 \(192\.0\.2\.2:80\): .*t\.hbs:1:\d+: .*rack.*\n$/);
  });

  it('escapes for the given dialect', async () => {
    const { render } = await folder({ vars: { text: 'a"b' } }, { 't.hbs': '["{{vars.text}}"]' });
    expect((await render('./t.hbs')).stdout).toBe('["a"b"]');
    expect((await render('./t.hbs', '--dialect', 'json')).stdout).toBe('["a\\"b"]');
  });

  it.each<[string, string, string[]]>([
    ['keys that nobody knows', 'servces: {}', ['1:1: servces: unknown key', 'Did you mean `services`?']],
    [
      'a port that is none',
      'services: { web: ["10.0.0.1:0"] }',
      ['1:19: services.web[0]: the port is not a whole number'],
    ],
    ['an address without brackets', 'services: { web: ["::1:80"] }', ['must stand in brackets']],
    ['no port', 'services: { web: [{ address: 10.0.0.1 }] }', ['services.web[0]: `port` is missing']],
    ['the same instance twice', 'services: { web: ["10.0.0.1:1", "10.0.0.1:1"] }', ['has the id of another one']],
    ['a key that no source reads', 'keys: { /x: "1" }', ['keys["/x"]: no source reads this key', '/services/']],
    [
      'services where all is raw',
      'services: { a: [] }\nsources: [{ name: a, prefix: /, format: raw }]',
      ['every source is raw'],
    ],
    ['what is no YAML', 'services: [', ['not valid YAML']],
  ])('says where a fixture has %s', async (_what, text, words) => {
    const { cwd, render } = await folder({});
    await writeFile(join(cwd, 'fixture.yaml'), text);
    const { code, stdout, stderr } = await render('json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^${cwd}/fixture\\.yaml:\\d+:\\d+: `));
    for (const word of words) expect(stderr).toContain(word);
    expect(stderr).toContain('(FIXTURE_INVALID)');
  });

  it('lists the templates for an unknown name, and gives the place of a mistake', async () => {
    const { cwd, render } = await folder({}, { 'bad.hbs': '{{#each servces}}{{/each}}' });
    const unknown = await render('nginx-upstream');
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('no built-in template has this name\n  Did you mean `nginx-upstreams`?');
    const bad = await render('./bad.hbs');
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain(`${cwd}/bad.hbs:1:9: `);
    const absent = await rollcall(['render', 'json', '--from', 'absent.yaml'], { cwd });
    expect(absent.code).toBe(2);
    expect(absent.stderr).toContain(`${cwd}/absent.yaml:1:1: cannot be read: it does not exist (ENOENT)\n`);
  });

  it('names the fixture, not a config, when vars and variables are missing', async () => {
    const { render } = await folder({}, { 'a.hbs': '{{vars.title}}{{env.REGION}}{{env "ZONE"}}' });
    const { code, stderr } = await render('./a.hbs');
    expect(code).toBe(2);
    expect(stderr).toContain('Set it in fixture.yaml (vars: {title: …}), or declare a default');
    expect(stderr).toContain('Set it in fixture.yaml: env: {REGION: …}.');
    expect(stderr).toContain('the env of fixture.yaml has no "ZONE"');
    expect(stderr).toContain('Set it in fixture.yaml: env: {ZONE: …}.');
    expect(stderr).not.toContain('the config');
  });

  it('says which vars a template lacks without its target, where they are declared and used, and which targets set them', async () => {
    const { cwd, render } = await folder(
      {},
      {
        'declared.hbs':
          '{{!--\n  vars.port: integer  the port\n  vars.name: text\n  vars.zone: text = ""\n--}}\n{{vars.name}}\n{{add vars.port 1}}{{vars.zone}}',
        'plain.hbs': '{{vars.port}}',
      },
    );
    const file = (name: string): object => ({ path: name, template: './declared.hbs' });
    await writeFile(
      join(cwd, 'rollcall.yaml'),
      stringify({
        etcd: { endpoints: ['http://127.0.0.1:1'] },
        sources: [{ name: 'services', prefix: '/services/' }],
        targets: [
          { name: 'web', vars: { port: 1, name: 'a' }, files: [file('a')] },
          { name: 'api', vars: { port: 1 }, files: [{ path: 'b', template: './plain.hbs' }] },
        ],
      }),
    );
    const alone = await rollcall(['render', './declared.hbs', '-c', 'rollcall.yaml'], { cwd });
    expect(alone.code).toBe(2);
    const problems = alone.stderr.split(/^(?=\S+:\d+:\d+: |rollcall: )/m);
    expect(problems[0]).toMatch(
      /declared\.hbs:2:3: needs `vars\.port` \(a whole number\), which is not set; line 7 uses it\n2 \| {3}vars\.port: .*\n.*\^\n {2}Set it at the top level of the config \(vars: \{port: …\}\)\. The targets web, api set it, .*`rollcall render web` renders the target\. vars\.port: the port\n$/,
    );
    expect(problems[1]).toMatch(
      /declared\.hbs:3:3: needs `vars\.name` \(text\), .*line 6 uses it\n(.*\n)+.*The target web sets it/,
    );
    expect(problems).toHaveLength(3);
    expect(alone.stderr).not.toMatch(/:1:1:|no target has it/);
    const plain = await rollcall(['render', './plain.hbs', '-c', 'rollcall.yaml'], { cwd });
    expect(plain.stderr).toMatch(
      /plain\.hbs:1:3: vars has no "port"\n(.*\n){2} {2}Set it at the top level of the config .*The targets web, api set it/,
    );
    expect((await render('./declared.hbs')).stderr).toMatch(
      /Set it in fixture\.yaml \(vars: \{port: …\}\)\. vars\.port/,
    );
    const whole = await rollcall(['render', 'web', '--from', 'fixture.yaml', '-c', 'rollcall.yaml'], { cwd });
    expect(whole).toMatchObject({ code: 0, stdout: 'a\n2' });
  });

  it('gives a hint that fits the failure, for a value that is missing and for one that cannot be written', async () => {
    const { render } = await folder(
      { vars: { bad: 'a$b' } },
      {
        'a.conf.hbs': 'set $x "{{vars.bad}}";',
        'c.conf.hbs': 'x {{services.[0].name}};',
      },
    );
    const { code, stderr } = await render('./a.conf.hbs', '--dialect', 'nginx');
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot be written .*\n(.*\n){2} {2}Correct the value where it comes from, or write it/);
    expect(stderr).toMatch(/\(RENDER_FAILED\)\n$/);
    expect(stderr).not.toContain('{{#if}}');
    expect((await render('./c.conf.hbs')).stderr).toContain('Give it a default, or test it with {{#if}} first');
  });

  it('renders the target of a config as run does, with the fixture instead of etcd', async () => {
    const place = await createPlace('http://127.0.0.1:1', {
      vars: { title: 'config', other: 'config' },
      env: ['REGION'],
      sources: [
        { name: 'services', prefix: '/services/', select: { status: ['passing'] } },
        { name: 'more', prefix: '/more/', format: 'json' },
      ],
      targets: [
        { name: 'broken', files: [{ path: 'x', template: './absent.hbs' }] },
        {
          name: 'web',
          sources: ['services'],
          select: { tags: ['public'] },
          vars: { title: 'target' },
          files: [
            { path: 'all', template: './all.hbs' },
            { path: 'each/{{service.name}}', template: './each.hbs', forEach: 'service' },
          ],
        },
      ],
    });
    await writeFile(place.at('all.hbs'), `{{vars.title}} {{vars.other}} {{env.REGION}}\n${list}`);
    await writeFile(place.at('each.hbs'), '{{#each service.instances}}{{port}}{{/each}}');
    const instance = (port: number, more: object) => ({ address: '192.0.2.1', port, ...more });
    const web = [
      instance(1, { tags: ['public'] }),
      instance(2, { tags: ['private'] }),
      instance(3, { tags: ['public'], status: 'draining' }),
    ];
    await writeFile(
      place.at('fixture.yaml'),
      stringify({ services: { web }, vars: { other: 'fixture' }, expect: ['api'] }),
    );
    const render = (...args: string[]) =>
      rollcall(['render', 'web', '--from', place.at('fixture.yaml'), '-c', place.file, ...args]);
    const { code, stdout, stderr } = await render();
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'left out: 1 outside select\n' });
    const all = 'target fixture \napi:\nweb: 192.0.2.1:1\n';
    expect(stdout).toBe(
      `==> ${place.at('all')} <==\n${all}==> ${place.at('each/api')} <==\n==> ${place.at('each/web')} <==\n1\n`,
    );
    expect(await render('--only', place.at('each/web'))).toMatchObject({ code: 0, stdout: '1' });
    expect(await render('--only', 'each')).toMatchObject({ code: 2, stdout: '' });
    expect((await render('--service', 'web')).stderr).toContain(
      'web is a target: --service and --dialect can be used only with',
    );
    expect((await readdir(place.dir)).sort()).toEqual(['all.hbs', 'each.hbs', 'fixture.yaml', 'rollcall.yaml']);
  });
});

describeWith('etcd', 'rollcall render', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
    await putKey(etcd, '/render/web/1', '192.0.2.1:80');
  });
  const config = {
    sources: [{ name: 'services', prefix: '/render/' }],
    targets: [{ name: 'web', files: [{ path: 'out', template: './t.hbs' }] }],
  };

  it('gives the bytes that run writes, for a target and for a single template', async () => {
    const place = await createPlace(etcd, config);
    await writeFile(place.at('t.hbs'), list);
    const target = await rollcall(['render', 'web', '-c', place.file]);
    const template = await rollcall(['render', './t.hbs'], { cwd: place.dir });
    expect((await readdir(place.dir)).sort()).toEqual(['rollcall.yaml', 't.hbs']);
    expect(await rollcall(['run', '--once', '-c', place.file])).toMatchObject({ code: 0 });
    const made = await readFile(place.at('out'), 'utf8');
    expect(made).toBe('web: 192.0.2.1:80\n');
    expect([target, template]).toMatchObject([
      { code: 0, stdout: made, stderr: '' },
      { code: 0, stdout: made, stderr: '' },
    ]);
  });

  it('renders the keys of a skydns target', async () => {
    const place = await createPlace(etcd, {
      ...config,
      targets: [{ name: 'dns', skydns: { domain: 'example.com', owner: 'me' } }],
    });
    const { code, stdout } = await rollcall(['render', 'dns', '-c', place.file]);
    expect(code).toBe(0);
    expect(stdout).toBe('{"host":"192.0.2.1","port":80,"weight":1,"owner":"me"}');
  });

  it('needs a config or a fixture, and etcd without a fixture', async () => {
    const nowhere = await rollcall(['render', 'json'], { cwd: await tempDir() });
    expect(nowhere.code).toBe(2);
    expect(nowhere.stderr).toContain('(CONFIG_NOT_FOUND)');
    const place = await createPlace(`http://127.0.0.1:${await freePort()}`, config);
    await writeFile(place.at('t.hbs'), list);
    const away = await rollcall(['render', 'web', '--timeout', '1s', '-c', place.file]);
    expect({ code: away.code, stdout: away.stdout }).toEqual({ code: 2, stdout: '' });
    expect(away.stderr).toContain('(ETCD_UNREACHABLE)');
  });
});
