import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { prepareConfig } from '../../src/build/prepare.js';
import { ConfigError, type ConfigProblem } from '../../src/config/problem.js';
import { createPlace } from '../support/config.js';

type Files = Readonly<Record<string, string>>;

/** The problems of a config whose targets have these templates and vars. */
async function problemsOf(config: object, files: Files = {}): Promise<readonly ConfigProblem[]> {
  const place = await createPlace('127.0.0.1:1', { sources: [{ name: 's', prefix: '/s/' }], ...config });
  for (const [name, text] of Object.entries(files)) await writeFile(place.at(name), text);
  try {
    await prepareConfig(place.file);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const targetOf = (name: string, templates: readonly string[], vars: object = {}) => ({
  name,
  files: templates.map((template, index) => ({ path: `${name}-${index}`, template })),
  vars,
});
const briefly = (problems: readonly ConfigProblem[]): string[] =>
  problems.map(({ path, message, hint = '' }) => `${path}: ${message} | ${hint}`);
const one = async (templates: readonly string[], vars: object, files?: Files): Promise<string[]> =>
  briefly(await problemsOf({ targets: [targetOf('t', templates, vars)] }, files));

describe('the vars of a built-in template', () => {
  it('may be set by the target and the config', async () => {
    const vars = { prefix: 'rc_', allowNames: false, keepalive: 8 };
    expect(await one(['nginx-upstreams'], vars)).toEqual([]);
    expect(await problemsOf({ vars, targets: [targetOf('t', ['nginx-upstreams'])] })).toEqual([]);
  });

  it('are misspelt with a suggestion', async () => {
    expect(await one(['nginx-upstreams'], { allowName: true })).toEqual([
      'targets[0].vars.allowName: no template of the target has this var | Did you mean `allowNames`?',
    ]);
    expect(await one(['nginx-upstreams'], { colour: 'red' })).toEqual([
      'targets[0].vars.colour: no template of the target has this var | The templates have: prefix, allowNames, zoneSize, balance, server, keepalive.',
    ]);
    expect(await one(['json'], { colour: 'red' })).toEqual([
      'targets[0].vars.colour: no template of the target has this var | Remove it: the templates read no vars.',
    ]);
  });

  it('have types, and the problem is at the value', async () => {
    const [problem] = await problemsOf({ targets: [targetOf('t', ['nginx-upstreams'], { allowNames: 'no' })] });
    expect(problem).toMatchObject({
      path: 'targets[0].vars.allowNames',
      message: 'expected true or false, got the text "no" (nginx-upstreams declares the var)',
    });
    expect(problem?.hint).toBe(
      'YAML 1.2 reads this word as text: write `false`. vars.allowNames: true: also host names; nginx does not start when one does not resolve',
    );
    expect(problem?.excerpt).toContain('allowNames: no');
    expect(await one(['nginx-stream'], { listen: { db: 0 } })).toEqual([
      expect.stringMatching(/^targets\[0\]\.vars\.listen\.db: must be at least 1 /) as string,
    ]);
  });

  it('are required without a default', async () => {
    expect(await one(['bind-zone'], { zone: 'a.example' })).toEqual([
      'targets[0].files[0].template: bind-zone needs `vars.ns` (a list of texts) | Set it in `vars` of the target. vars.ns: its name servers, the primary first',
    ]);
  });
});

describe('vars of the config', () => {
  it('of a wrong type are one problem, at the config, unless every target replaces them', async () => {
    const vars = { allowNames: 'no' };
    const targets = (own: object) => [targetOf('a', ['nginx-upstreams'], own), targetOf('b', ['nginx-stream'], own)];
    expect((await problemsOf({ vars, targets: targets({}) })).map(({ path }) => path)).toEqual([
      'vars.allowNames',
      'vars.allowNames',
    ]);
    expect(await problemsOf({ vars, targets: targets({ allowNames: true }) })).toEqual([]);
  });

  it('may be for one target only, or hold anchors, but must not be misspelt', async () => {
    const targets = [targetOf('a', ['nginx-upstreams']), targetOf('b', ['hosts'])];
    expect(await problemsOf({ vars: { domain: 'example.com', base: [1] }, targets })).toEqual([]);
    expect(briefly(await problemsOf({ vars: { doman: 'example.com' }, targets }))).toEqual([
      'vars.doman: no template has this var | Did you mean `domain`?',
    ]);
  });

  it('of one target are not known to another', async () => {
    const targets = [targetOf('a', ['nginx-upstreams'], { domain: 'x' }), targetOf('b', ['hosts'], { domain: 'x' })];
    expect((await problemsOf({ targets })).map(({ path }) => path)).toEqual(['targets[0].vars.domain']);
  });
});

describe('a template of the user', () => {
  const declared =
    '{{!--\n  vars.mail: text /@/   whom to ask\n  vars.on: boolean = true\n--}}{{vars.mail}}{{vars.on}}';

  it('declares its vars in the same way', async () => {
    expect(await one(['./a.hbs'], { mail: 'a@b' }, { 'a.hbs': declared })).toEqual([]);
    expect(await one(['./a.hbs'], { mail: 'ab', onn: 1 }, { 'a.hbs': declared })).toEqual([
      expect.stringMatching(
        /^targets\[0\]\.vars\.mail: must match \/@\/ \(\/.*a\.hbs declares the var\) \| vars\.mail: whom to ask$/,
      ) as string,
      'targets[0].vars.onn: no template of the target has this var | Did you mean `on`?',
    ]);
  });

  it('without declarations reads any var of any type', async () => {
    const files = { 'a.hbs': '{{vars.colour}}{{#each vars.list}}{{this}}{{/each}}' };
    expect(await one(['./a.hbs'], { colour: 'no', list: [1], unused: 1 }, files)).toEqual([]);
  });

  it('beside a built-in one does not hide a misspelt var of that one', async () => {
    const files = { 'a.hbs': '{{vars.allowNamed}}' };
    expect(await one(['./a.hbs', 'nginx-upstreams'], { allowNamed: 'x', other: 1 }, files)).toEqual([]);
    expect(await one(['./a.hbs', 'nginx-upstreams'], { allowNamed: 'x', allowName: 1 }, files)).toEqual([
      'targets[0].vars.allowName: no template of the target has this var | Did you mean `allowNames`?',
    ]);
  });

  it.each(['{{#with vars}}{{allowName}}{{/with}}', '{{json @root}}', '{{lookup vars "allowName"}}'])(
    'that reads vars as a whole, %s, knows all of them',
    async (text) => {
      const files = { 'a.hbs': `{{!-- dialect: none --}}${text}` };
      expect(await one(['./a.hbs', 'nginx-upstreams'], { allowName: 'x' }, files)).toEqual([]);
    },
  );

  it('knows the vars of partials and of its path', async () => {
    const files = { 'p.hbs': '{{@root.vars.inPartial}}', 'a.hbs': `${declared}{{> p}}` };
    const target = {
      name: 't',
      vars: { mail: '@', inPartial: 'x', inPath: 'y' },
      files: [{ path: 'd/{{service.name}}-{{vars.inPath}}', template: './a.hbs', forEach: 'service' }],
    };
    expect(await problemsOf({ partials: { p: './p.hbs' }, targets: [target] }, files)).toEqual([]);
  });
});
