import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../../../support/binaries.js';
import { rollcall, type Ended } from '../../../support/command.js';
import { createPlace, type Place } from '../../../support/config.js';
import { startEtcd, type EtcdServer } from '../../../support/etcd.js';
import { putKey } from '../../../support/keys.js';
import { freePort } from '../../../support/ports.js';

const offline = (place: Place): Promise<Ended> => rollcall(['validate', '--offline', '-c', place.file]);

/** `line:column message` of each problem, after the name of the file if it is not the config. */
function problemsOf({ stderr }: Ended, { dir }: Place): string[] {
  const lines = stderr.split('\n').filter((line) => line.startsWith(`${dir}/`));
  return lines.map((line) => line.slice(dir.length + 1).replace(/^rollcall\.yaml:/, ''));
}

async function placeWith(yaml: string, files: Readonly<Record<string, string>> = {}): Promise<Place> {
  const place = await createPlace('', {});
  await writeFile(place.file, yaml);
  for (const [name, text] of Object.entries(files)) await writeFile(place.at(name), text);
  return place;
}

describe('rollcall validate --offline', () => {
  it('prints what it has checked, and exits 0', async () => {
    const place = await placeWith(
      'sources: [{ name: a, prefix: /a/ }]\ntargets: [{ name: b, files: [{ path: b, template: json }] }]\n',
    );
    const { code, stdout, stderr } = await offline(place);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`${place.file}: 1 source, 1 target; config and templates are right\n`);
  });

  it('reports every problem of config and templates at once, with place, line, caret and the nearest valid name', async () => {
    const place = await placeWith(
      `soruces:
  - { name: services, prefix: /services/ }
stateDir: 7
targets:
  - name: empty
    files: []
  - name: nginx
    expcet: [web]
    files:
      - { path: up.conf, template: ngnix-upstreams }
      - { path: b.conf, mode: 7, template: ./b.hbs }
      - { path: c.conf, template: ./absent.hbs }
    check: nginx -t | cat
  - name: maps
    files:
      - { path: "maps/{{service.nam}}.map", template: ./c.hbs, forEach: service }
`,
      { 'b.hbs': 'one\n{{#each servces}}{{/each}}', 'c.hbs': '{{#each service.instances}}{{hots}}{{/each}}' },
    );
    const end = await offline(place);
    expect(end.code).toBe(2);
    expect(end.stdout).toBe('');
    expect(problemsOf(end, place)).toEqual([
      '1:1: soruces: unknown key',
      '3:11: stateDir: expected text, got a number',
      '6:12: targets[0].files: must not be empty',
      '8:5: targets[1].expcet: unknown key',
      '10:36: targets[1].files[0].template: no built-in template has this name',
      '11:31: targets[1].files[1].mode: expected text, got a number',
      expect.stringMatching(
        /^12:35: targets\[1\]\.files\[2\]\.template: cannot be read: there is no .* \(ENOENT\)/,
      ) as string,
      expect.stringMatching(/^13:12: targets\[1\]\.check: "\|" is a pipe/) as string,
      '16:17: targets[2].files[0].path: Service has no "nam"',
      'b.hbs:2:9: the view has no "servces"',
      'c.hbs:1:30: Instance has no "hots"',
    ]);
    for (const meant of ['sources', 'expect', 'nginx-upstreams', 'name', 'services', 'host'])
      expect(end.stderr).toMatch(new RegExp(`Did you mean \`?${meant}\`?[?.]`));
    expect(end.stderr).toContain('8 |     expcet: [web]\n  |     ^\n');
    expect(end.stderr).toContain('rollcall: 11 problems\n');
  });

  it('does not check a template against a wrong part of the config', async () => {
    const place = await placeWith(
      `env: [REGION, "NOT A NAME"]
vars: [not, a, map]
sources:
  - { name: settings, format: raw }
  - { name: services, prefix: /services/ }
targets:
  - { name: web, files: [{ path: a.txt, template: ./a.hbs }] }
`,
      { 'a.hbs': '{{env.REGION}}{{env.OTHER}}{{vars.x}}{{kv.tree.settings.x}}{{default servces ""}}' },
    );
    const end = await offline(place);
    expect(problemsOf(end, place)).toEqual([
      expect.stringContaining('1:15: env[1]: ') as string,
      '2:7: vars: expected a map, got a list',
      '4:5: sources[0]: `prefix` is missing',
      'a.hbs:1:70: the view has no "servces"',
    ]);
  });

  it('reports only the syntax error of a file that is not YAML', async () => {
    const place = await placeWith('targets: [\n');
    const end = await offline(place);
    expect(end.code).toBe(2);
    expect(problemsOf(end, place)).toHaveLength(1);
  });

  it('warns of suspicious settings, and exits 0', async () => {
    const place = await placeWith(
      'sources: [{ name: a, prefix: "" }]\ntargets: [{ name: b, files: [{ path: b, template: json }] }]\n',
    );
    const { code, stdout, stderr } = await offline(place);
    expect(code).toBe(0);
    expect(stdout).toContain('are right, with 1 warning\n');
    expect(stderr).toContain(`warning: ${place.file}:1:30: sources[0].prefix: is empty`);
  });

  it('never shows a password of the config', async () => {
    const place = await placeWith(
      'etcd: { auth: { username: root, pasword: hunter2 } }\nsources: []\ntargets: [{ name: a }]\n',
    );
    const { code, stderr } = await offline(place);
    expect(code).toBe(2);
    expect(stderr).toContain('pasword');
    expect(stderr).not.toContain('hunter2');
  });
});

describeWith('etcd', 'rollcall validate', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
  });
  const validate = (place: Place, env = {}): Promise<Ended> =>
    rollcall(['validate', '--timeout', '2s', '-c', place.file], { env });
  const sources = [{ name: 'services', prefix: '/services/' }];

  it('finds no problem in a right config', async () => {
    const place = await createPlace(etcd, {
      sources,
      targets: [
        { name: 'web', files: [{ path: 'out.json', template: 'json' }], check: 'true', reload: { command: './a.sh' } },
        { name: 'dns', skydns: { domain: 'svc.example.internal', owner: 'test' } },
      ],
    });
    await writeFile(place.at('a.sh'), '#!/bin/sh\n', { mode: 0o755 });
    const { code, stdout, stderr } = await validate(place);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('1 source, 2 targets; config, templates, commands, directories and etcd are right');
  });

  it.each([
    ['a mistyped prefix', { prefix: '/service/' }, 'no key begins with /service/', 'There are keys below /services/.'],
    ['a mistyped end', { prefix: '/serv' }, 'no key begins with /serv/', 'There are keys below /services/.'],
    ['a prefix that is far from any', { prefix: '/nothing/' }, 'no key begins with /nothing/', 'Correct the prefix'],
    ['a star', { prefix: '/service/*' }, 'no key begins with /service/', 'There are keys below /services/.'],
    ['a key', { prefix: '/services/web/1' }, 'no key begins with /services/web/1/', 'write `exact: true`'],
    ['an exact key', { prefix: '/services/web/9', exact: true }, 'no key is /services/web/9', 'Correct the prefix'],
  ])('warns of a source without keys: %s', async (_what, source, message, hint) => {
    const targets = [{ name: 'web', files: [{ path: 'out.json', template: 'json' }] }];
    const place = await createPlace(etcd, { sources: [{ name: 'services', ...source }], targets });
    const { code, stdout, stderr } = await validate(place);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: .*:\d+:\d+: sources\[0\]\.prefix: /);
    expect(stderr).toContain(`${message}\n`);
    expect(stderr).toContain(hint);
    expect(stdout).toMatch(/are right, with 1 warning\n$/);
  });

  it('names the commands and directories that this machine lacks, and exits 1', async () => {
    const place = await createPlace(etcd, {
      sources,
      stateDir: './file/state',
      targets: [
        {
          name: 'web',
          files: [
            { path: 'nowhere/out.json', template: 'json' },
            { path: 'nowhere/{{service.name}}.json', template: 'json', forEach: 'service' },
          ],
          check: 'no-such-program -t',
          reload: { command: ['./plain-file'] },
          confirm: { command: ['./absent'] },
        },
      ],
    });
    await writeFile(place.at('file'), '');
    await writeFile(place.at('plain-file'), '');
    await chmod(place.at('plain-file'), 0o644);
    const end = await validate(place);
    expect(end.code).toBe(1);
    expect(problemsOf(end, place).map((problem) => problem.replace(/^\d+:\d+: /, ''))).toEqual([
      expect.stringMatching(/^stateDir: .*\/file/) as string,
      `targets[0].files[0].path: the directory ${place.at('nowhere')} does not exist`,
      expect.stringMatching(/^targets\[0\]\.check: no-such-program is not found in PATH \(.*\)$/) as string,
      `targets[0].reload: ${place.at('plain-file')} may not be executed`,
      `targets[0].confirm: ${place.at('absent')} does not exist`,
    ]);
    await mkdir(place.at('nowhere'));
    expect(problemsOf(await validate(place), place)).toHaveLength(4);
  });

  it('names the users and groups that this machine lacks, and exits 1', async () => {
    const file = (path: string, owner: unknown, group: unknown): object => ({ path, template: 'json', owner, group });
    const place = await createPlace(etcd, {
      sources,
      targets: [{ name: 'web', files: [file('a', 'root', 'no-such-group'), file('b', 'no-such-user', 4_000_000)] }],
    });
    const end = await validate(place);
    expect(end.code).toBe(1);
    expect(problemsOf(end, place).map((problem) => problem.replace(/^\d+:\d+: /, ''))).toEqual([
      'targets[0].files[0].group: group no-such-group is not in /etc/group',
      'targets[0].files[1].owner: user no-such-user is not in /etc/passwd',
    ]);
    expect(end.stderr).toContain('Create the user, or write its number.');
    expect((await offline(place)).code).toBe(0);
  });

  it('reports an etcd that does not answer together with mistakes in the config, and exits 2', async () => {
    const gone = `http://127.0.0.1:${await freePort()}`;
    const skydns = { domain: 'svc.example.internal', owner: 'test', etcd: { endpoints: [gone] } };
    const place = await createPlace(etcd, { sources, targets: [{ name: 'dns', skydns, chek: 'no-such-program' }] });
    const end = await validate(place);
    expect(end.code).toBe(2);
    expect(problemsOf(end, place).map((problem) => problem.replace(/^\d+:\d+: /, ''))).toEqual([
      'targets[0].chek: unknown key',
      expect.stringMatching(/^targets\[0\]\.check: no-such-program is not found/) as string,
      expect.stringMatching(/^targets\[0\]\.skydns\.etcd: .*ECONNREFUSED/) as string,
    ]);

    await place.write({ etcd: { endpoints: [gone] }, sources, targets: [{ name: 'dns', skydns }] });
    const both = await validate(place);
    expect(both.code).toBe(1);
    expect(problemsOf(both, place)).toHaveLength(2);
  });

  it('shows no line of a config without an `etcd` block when etcd does not answer', async () => {
    const place = await createPlace('', {});
    const files = [{ path: place.at('out.json'), template: 'json' }];
    await place.write({ etcd: undefined, sources, targets: [{ name: 'web', files }] });
    const { code, stderr } = await rollcall(['validate', '-c', place.file], {
      env: { ETCDCTL_ENDPOINTS: `http://127.0.0.1:${await freePort()}` },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/rollcall\.yaml:1:1: etcd: .*ECONNREFUSED/);
    expect(stderr).not.toMatch(/^\d* *\| /m);
  });

  it('reads ETCDCTL_* variables that the config does not replace, and exits 2 when they are wrong', async () => {
    const place = await createPlace(etcd, {
      etcd: {},
      sources,
      targets: [{ name: 'web', files: [{ path: 'out.json', template: 'json' }] }],
    });
    expect((await validate(place, { ETCDCTL_ENDPOINTS: etcd.endpoint })).code).toBe(0);
    const end = await validate(place, { ETCDCTL_ENDPOINTS: etcd.endpoint, ETCDCTL_CERT: '/cert.pem' });
    expect(end.code).toBe(2);
    expect(end.stderr).toContain('ETCDCTL_CERT is set, but ETCDCTL_KEY is not');
    expect(await readFile(place.file, 'utf8')).not.toContain('ETCDCTL');
  });
});
