import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { loadConfig } from '../../src/config/load.js';
import { splitCommand } from '../../src/process/split.js';
import { makeService, makeView, problemsOf, renderText } from '../render/views.js';
import { describeWith } from '../support/binaries.js';
import { testNginx } from '../support/nginx.js';
import { tempDir } from '../support/temp.js';

const root = join(import.meta.dirname, '..', '..');
const pages = ['README.md', ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map(inDocs)]
  .filter((file) => file.endsWith('.md'))
  .sort();

function inDocs(file: string): string {
  return join('docs', file);
}

/** The fenced blocks of a language, without their indentation, and `page:line` of each. */
function fencesOf(page: string, language: string): [string, string][] {
  const text = readFileSync(join(root, page), 'utf8');
  const fence = new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\`$`, 'gm');
  return [...text.matchAll(fence)].map(({ 1: indent = '', 2: body = '', index }) => [
    `${page}:${text.slice(0, index).split('\n').length}`,
    body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  ]);
}

const templates = pages.flatMap((page) => fencesOf(page, 'handlebars'));
const configs = pages
  .flatMap((page) => fencesOf(page, 'yaml'))
  .filter(([, text]) => /^sources:/m.test(text) && /^targets:/m.test(text));

describe('the templates of the documentation', () => {
  it.each(templates)('%s is sound, and laid out as it is meant to be written', (_place, text) => {
    expect(problemsOf(text, { partials: { server: '{{host}}:{{port}}' } })).toEqual([]);
    // A formatter that takes the text of a template for a paragraph indents it, and breaks its lines.
    expect(text).not.toMatch(/^[ \t]*#[ \t]*$/m);
  });
});

describeWith('nginx', 'the template of README.md', () => {
  it('makes what nginx accepts', async () => {
    const [[, text] = ['', '']] = fencesOf('README.md', 'handlebars');
    const instances = [{ host: '192.0.2.1' }, { host: '[2001:db8::1]', port: 81 }];
    const rendered = renderText(text, makeView({ services: [makeService('api', instances), makeService('web')] }));
    expect(rendered).toBe('# api: 192.0.2.1:8080 [2001:db8::1]:81\n# web:\n');
    expect(await testNginx(rendered)).toMatchObject({ accepted: true });
  });
});

describe('the configs of the documentation', () => {
  it('are found', () => {
    expect(configs.map(([place]) => place.replace(/:.*/, ''))).toContain('README.md');
  });

  it.each(configs)('%s is right', async (_place, text) => {
    const file = join(await tempDir(), 'rollcall.yaml');
    await writeFile(file, text);
    expect((await loadConfig(file)).warnings).toEqual([]);
  });
});

/** How each language of the blocks is held: by this file, by the page's own test, or because nothing runs it. */
const languages = new Set([
  ...['yaml', 'handlebars', 'sh', 'console', 'nginx'],
  // Read by their own programs in the tests of the how-tos, or shown there as what comes out.
  ...['haproxy', 'dnsmasq', 'named', 'ini', 'text'],
  // Programs, run by the tests of the library.
  ...['js', 'ts'],
  // What was written for confd and consul-template, beside what stands for it here.
  ...['gotmpl', 'toml'],
]);

describe('the blocks of the documentation', () => {
  it.each(pages.map((page) => [page]))('%s names the language of each, one that is held by a test', (page) => {
    const lines = readFileSync(join(root, page), 'utf8').split('\n');
    const fences = lines.flatMap((line, at) =>
      /^ *```/.test(line) ? [`${at + 1}:${line.replace(/^ *```/, '')}`] : [],
    );
    const opening = fences.filter((_fence, at) => at % 2 === 0);
    expect(fences.length % 2).toBe(0);
    expect(opening.filter((fence) => !languages.has(fence.replace(/^\d+:/, '')))).toEqual([]);
  });
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  const headings = withoutCode(page).matchAll(/^#+ +(.*)$/gm);
  return [...headings].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

function withoutCode(page: string): string {
  return readFileSync(join(root, page), 'utf8').replace(/^ *```[\s\S]*?^ *```$/gm, '');
}

/** The targets of a page's links within the documentation. */
function linksOf(page: string): { readonly link: string; readonly file: string; readonly anchor: string }[] {
  const links = [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = '', anchor = ''] = link.split('#');
      return { link, file: path === '' ? page : join(dirname(page), path), anchor };
    });
}

describe('the links of the documentation', () => {
  it.each(pages.map((page) => [page]))('%s links to files and headings that exist', (page) => {
    const broken = linksOf(page).filter(
      ({ file, anchor }) => !existsSync(join(root, file)) || (anchor !== '' && !anchorsOf(file).includes(anchor)),
    );
    expect(broken).toEqual([]);
  });

  it.each(pages.filter((page) => !page.includes('adr') && page !== 'docs/concepts.md').map((page) => [page]))(
    '%s explains each word once, at most: by one link to docs/concepts.md',
    (page) => {
      const words = linksOf(page).filter(({ file, anchor }) => file === 'docs/concepts.md' && anchor !== '');
      expect(new Set(words.map(({ anchor }) => anchor)).size).toBe(words.length);
    },
  );
});

/** Every line of a shell block that begins with this program, without what follows a comment sign, `&&`, `||`, `|` or `>`. */
function callsOf(program: string): [string, string][] {
  return [...pages, 'CONTRIBUTING.md']
    .flatMap((page) => [...fencesOf(page, 'sh'), ...fencesOf(page, 'console')])
    .flatMap(([place, text]) =>
      text
        .split('\n')
        .flatMap((line) => line.replace(/\s#.*$/, '').split(/&&|\|\|/))
        .map((line) => line.trim().replace(/^\$ /, ''))
        .filter((line) => line.startsWith(`${program} `))
        .map((line): [string, string] => [place, line.replace(/\s[|>].*$/, '')]),
    );
}

describe('the commands of the documentation', () => {
  it('are found', () => {
    expect(callsOf('rollcall').length).toBeGreaterThan(8);
    expect(callsOf('npm').length).toBeGreaterThan(4);
  });

  it.each(callsOf('rollcall'))('%s: %s has a command and options that there are', (_place, line) => {
    const split = splitCommand(line);
    const [, name = '', ...args] = 'argv' in split ? split.argv : [];
    const command = createProgram().commands.find((one) => one.name() === name);
    const { operands, unknown } = command?.parseOptions(args) ?? { operands: [], unknown: ['no such command'] };
    expect(unknown).toEqual([]);
    const room = command?.registeredArguments ?? [];
    if (!room.some(({ variadic }) => variadic)) expect(operands.length).toBeLessThanOrEqual(room.length);
    for (const [at, operand] of operands.entries())
      expect(room[at]?.argChoices ?? [operand], operand).toContain(operand);
  });

  it.each(callsOf('npm'))('%s: %s is one that package.json has', (_place, line) => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const [, verb = '', script = ''] = line.split(/\s+/);
    if (verb === 'run') expect(Object.keys(scripts)).toContain(script);
    else expect(['ci', 'test', 'link']).toContain(verb);
  });
});

// Those of the how-tos need what their pages set up.
const nginxBlocks = pages.filter((page) => !page.includes('howto')).flatMap((page) => fencesOf(page, 'nginx'));

describeWith('nginx', 'the configuration for nginx in the documentation', () => {
  it.each(nginxBlocks)('%s is accepted', async (_place, text) => {
    expect(await testNginx(text)).toMatchObject({ accepted: true });
  });
});
