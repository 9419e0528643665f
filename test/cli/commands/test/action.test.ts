import { readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { rollcall } from '../../../support/command.js';
import { tempDir } from '../../../support/temp.js';

const template = '{{#each services}}{{name}}:{{#each instances}} {{host}}:{{port}}{{/each}}\n{{/each}}';
const fixture = { services: { web: ['192.0.2.1:80'] } };
const good = 'web: 192.0.2.1:80\n';

describe('rollcall test', () => {
  /** A directory with these files. A value that is not a string is written as YAML. */
  async function folder(files: Readonly<Record<string, unknown>>) {
    const cwd = await tempDir();
    for (const [name, content] of Object.entries({ 't.hbs': template, ...files })) {
      await mkdir(join(cwd, name, '..'), { recursive: true });
      await writeFile(join(cwd, name), typeof content === 'string' ? content : stringify(content));
    }
    const test = (...args: string[]) => rollcall(['test', ...args], { cwd });
    return { cwd, test, read: (name: string) => readFile(join(cwd, name), 'utf8') };
  }

  it('finds every test below a directory, lists them, and exits 0 when all pass', async () => {
    const { test } = await folder({
      'fixture.yaml': fixture,
      'good.txt': good,
      'one.test.yaml': { template: './t.hbs', from: './fixture.yaml', expect: './good.txt' },
      'deep/two.test.yml': [
        { name: 'inline', template: '../t.hbs', from: fixture, expect: good },
        { name: 'nobody', template: '../t.hbs', from: {}, expect: '' },
      ],
      'node_modules/not.test.yaml': 'nonsense: [',
      '.hidden/not.test.yaml': 'nonsense: [',
    });
    expect(await test()).toEqual({
      code: 0,
      signal: null,
      stdout:
        'ok     deep/two.test.yml: inline\nok     deep/two.test.yml: nobody\nok     one.test.yaml: ./t.hbs\n3 passed, 0 failed\n',
      stderr: '',
    });
    expect(await test('one.test.yaml')).toMatchObject({
      code: 0,
      stdout: 'ok     one.test.yaml: ./t.hbs\n1 passed, 0 failed\n',
    });
  });

  it('shows the differences of an output, and exits 1', async () => {
    const { cwd, test } = await folder({
      'good.txt': 'api:\nweb: 192.0.2.9:80\n',
      'a.test.yaml': { name: 'first', template: './t.hbs', from: fixture, expect: './good.txt' },
      'b.test.yaml': { name: 'second', template: './t.hbs', from: fixture, expect: good },
    });
    const { code, stdout, stderr } = await test();
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toBe(
      [
        'FAILED a.test.yaml: first',
        `--- ${cwd}/good.txt\t(expected)`,
        `+++ ${cwd}/good.txt\t(rendered)`,
        '@@ -1,2 +1 @@',
        '-api:',
        '-web: 192.0.2.9:80',
        '+web: 192.0.2.1:80',
        'ok     b.test.yaml: second',
        '1 passed, 1 failed',
        '',
      ].join('\n'),
    );
  });

  it('with --update, writes the expected files, keeps their modes, and lists them', async () => {
    const { cwd, test, read } = await folder({
      'old.txt': 'old\n',
      'a.test.yaml': [
        { name: 'old', template: './t.hbs', from: fixture, expect: './old.txt' },
        { name: 'new', template: './t.hbs', from: fixture, expect: './new/one.txt' },
      ],
    });
    await chmod(join(cwd, 'old.txt'), 0o640);
    const before = await test();
    expect(before.code).toBe(1);
    expect(before.stdout).toContain(`${cwd}/new/one.txt does not exist: --update writes it`);
    const { code, stdout } = await test('--update');
    expect(code).toBe(0);
    expect(stdout).toBe(
      'ok     a.test.yaml: old\n  wrote old.txt\nok     a.test.yaml: new\n  wrote new/one.txt\n2 passed, 0 failed\n',
    );
    expect([await read('old.txt'), await read('new/one.txt')]).toEqual([good, good]);
    expect((await stat(join(cwd, 'old.txt'))).mode & 0o777).toBe(0o640);
    expect(await test('--update')).toMatchObject({ code: 0, stdout: expect.not.stringContaining('wrote') as string });
  });

  it('does not change an expected output inside the test file', async () => {
    const { test, read } = await folder({
      'a.test.yaml': { template: './t.hbs', from: fixture, expect: 'another\none\n' },
    });
    const text = await read('a.test.yaml');
    expect((await test('--update')).code).toBe(1);
    expect(await read('a.test.yaml')).toBe(text);
  });

  it('fails for a quarantine that the test does not expect', async () => {
    const strict = '{{#each services}}{{#each instances}}{{metadata.rack}}\n{{/each}}{{/each}}';
    const from = { services: { web: [{ id: 'a1', address: '192.0.2.1', port: 80 }] } };
    const { test } = await folder({
      'strict.hbs': strict,
      'a.test.yaml': [
        { name: 'silent', template: './strict.hbs', from, expect: '' },
        { name: 'expected', template: './strict.hbs', from, expect: '', quarantined: ['web/a1'] },
        { name: 'wrong', template: './t.hbs', from: fixture, expect: good, quarantined: ['web/a1'] },
      ],
    });
    const { code, stdout } = await test();
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^FAILED .*: silent\n {2}quarantined, but not in `quarantined`: web\/a1: .*rack.*\nok .*: expected$/m,
    );
    expect(stdout).toContain('in `quarantined`, but not quarantined: web/a1');
  });

  it('tests a target of a config with all its outputs, and a template for one service', async () => {
    const config = {
      sources: [{ name: 'services', prefix: '/services/' }],
      targets: [
        {
          name: 'web',
          files: [
            { path: 'all', template: './t.hbs' },
            { path: 'each/{{service.name}}', template: './each.hbs', forEach: 'service' },
          ],
        },
      ],
    };
    const each = '{{#each service.instances}}{{port}}\n{{/each}}';
    const target = { target: 'web', config: './rollcall.yaml', from: fixture };
    const { cwd, test } = await folder({
      'rollcall.yaml': config,
      'each.hbs': each,
      'a.test.yaml': [
        { ...target, expect: { all: good, 'each/web': '80\n' } },
        { name: 'usual place', target: 'web', from: fixture, expect: { all: good, 'each/web': '80\n' } },
        { name: 'service', template: './each.hbs', service: 'web', from: fixture, expect: '80\n' },
      ],
      'b.test.yaml': [
        { ...target, name: 'one is missing', expect: { all: good, absent: 'x\n' } },
        { ...target, name: 'which one', expect: good },
      ],
    });
    expect(await test('a.test.yaml')).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout } = await test('b.test.yaml');
    expect(code).toBe(1);
    expect(stdout).toContain(`  ${cwd}/absent is not an output; the outputs are: ${cwd}/all, ${cwd}/each/web\n`);
    expect(stdout).toContain(`  ${cwd}/each/web is an output, but not in \`expect\`\n`);
    expect(stdout).toContain(`  several outputs, ${cwd}/all, ${cwd}/each/web: write \`expect\` as a map`);
  });

  it.each<[string, unknown, string]>([
    ['holds no test', [], 'holds no test'],
    ['has a key that does not exist', { templat: './t.hbs', from: {}, expect: '' }, 'Did you mean `template`?'],
    ['has neither template nor target', { from: {}, expect: '' }, 'needs one of `template`, `target`'],
    [
      'has a wrong fixture',
      { template: './t.hbs', from: { services: { web: ['x'] } }, expect: '' },
      'from.services.web[0]: ',
    ],
    [
      'names a template that is not there',
      { template: './x.hbs', from: {}, expect: '' },
      'template: cannot be read: there is no ',
    ],
    [
      'names a fixture that is not there',
      { template: './t.hbs', from: './x.yaml', expect: '' },
      'x.yaml:1:1: cannot be read',
    ],
    [
      'has a map for a template',
      { template: './t.hbs', from: {}, expect: { a: '' } },
      'a template has one output only',
    ],
  ])('exits 2 for a file that %s, and runs the others', async (_what, wrong, words) => {
    const { test } = await folder({
      'a.test.yaml': wrong,
      'b.test.yaml': { template: './t.hbs', from: fixture, expect: good },
    });
    const { code, stdout, stderr } = await test();
    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(stdout).toMatch(/ok {5}b\.test\.yaml: \.\/t\.hbs\n1 passed, 0 failed, 1 could not run\n$/);
  });

  it('exits 2 for a wrong template, with its place', async () => {
    const { cwd, test } = await folder({
      'bad.hbs': '{{#each servces}}{{/each}}',
      'a.test.yaml': { template: './bad.hbs', from: fixture, expect: '' },
    });
    const { code, stderr } = await test();
    expect(code).toBe(2);
    expect(stderr).toContain(`${cwd}/bad.hbs:1:9: `);
  });

  it('exits 2 when there is no test', async () => {
    const { cwd, test } = await folder({});
    const none = await test();
    expect({ code: none.code, stdout: none.stdout }).toEqual({ code: 2, stdout: '' });
    expect(none.stderr).toContain(`rollcall: no test in ${cwd}\n  The name of a test file ends with .test.yaml`);
    expect(await test('absent')).toMatchObject({ code: 2, stderr: expect.stringContaining('ENOENT') as string });
  });
});

describe('docs/testing-templates.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/testing-templates.md'), 'utf8');
  const fences = (language: string): string[] =>
    [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, body = '']) => body);

  it('shows what happens', async () => {
    const cwd = await tempDir();
    const [template = ''] = fences('handlebars');
    const [fixture = '', tests = ''] = fences('yaml');
    const [output = ''] = fences('nginx');
    const [shown = ''] = fences('console');
    await writeFile(join(cwd, 'upstreams.hbs'), template);
    await writeFile(join(cwd, 'fixture.yaml'), fixture);
    await writeFile(join(cwd, 'upstreams.test.yaml'), tests);
    const rendered = await rollcall(['render', './upstreams.hbs', '--from', 'fixture.yaml'], { cwd });
    expect(rendered).toMatchObject({ code: 0, stdout: output, stderr: '' });
    const updated = await rollcall(['test', '--update'], { cwd });
    expect(`$ rollcall test --update\n${updated.stdout}`).toBe(shown);
    expect(await readFile(join(cwd, 'upstreams.conf'), 'utf8')).toBe(output);
    expect(await rollcall(['test'], { cwd })).toMatchObject({ code: 0, stderr: '' });
  });
});
