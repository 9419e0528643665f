import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config/load.js';
import { makeService, makeView, problemsOf, renderText } from './render/views.js';
import { describeWith } from './support/binaries.js';
import { testNginx } from './support/nginx.js';
import { tempDir } from './support/temp.js';

const root = join(import.meta.dirname, '..');
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
