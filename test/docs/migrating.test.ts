import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall } from '../support/command.js';
import { testHaproxy } from '../support/haproxy.js';
import { testNginx } from '../support/nginx.js';
import { tempDir } from '../support/temp.js';

interface Block {
  readonly language: string;
  readonly text: string;
}

/** The sections of a page that convert a template, by their titles: what is written, rendered and expected. */
function examplesOf(page: string): [title: string, blocks: Block[]][] {
  const sections = readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8').split(/^#{2,3} /m);
  return sections.flatMap((section) => {
    const [title = ''] = section.split('\n');
    const blocks = [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
      .map(([, language = '', text = '']) => ({ language, text }))
      .filter(({ language }) => language !== 'gotmpl');
    return blocks.some(({ language }) => language === 'handlebars') ? [[`${page}: ${title}`, blocks]] : [];
  });
}

const examples = ['migrating-from-confd.md', 'migrating-from-consul-template.md'].flatMap(examplesOf);
const outputs = examples.flatMap(([title, [, , output]]) => (output ? [{ title, ...output }] : []));

describe('the converted templates', () => {
  it('are found', () => {
    expect(examples).toHaveLength(9);
  });

  it.each(examples)('%s gives what the page shows', async (_title, blocks) => {
    expect(blocks.map(({ language }) => language).slice(0, 2)).toEqual(['handlebars', 'yaml']);
    expect(blocks).toHaveLength(3);
    const [template, fixture, output] = blocks;
    const cwd = await tempDir();
    await writeFile(join(cwd, 'example.hbs'), template?.text ?? '');
    await writeFile(join(cwd, 'fixture.yaml'), fixture?.text ?? '');
    const ended = await rollcall(['render', './example.hbs', '--from', 'fixture.yaml'], { cwd });
    expect(ended).toMatchObject({ code: 0, stdout: output?.text, stderr: '' });
  });
});

describeWith('nginx', 'what they write for nginx', () => {
  it.each(outputs.filter(({ language }) => language === 'nginx'))('$title is accepted', async ({ text }) => {
    expect(await testNginx(text)).toMatchObject({ accepted: true });
  });
});

describeWith('haproxy', 'what they write for HAProxy', () => {
  it.each(outputs.filter(({ language }) => language === 'haproxy'))('$title is accepted', async ({ text }) => {
    const defaults = 'defaults\n    timeout connect 5s\n    timeout client 5s\n    timeout server 5s\n\n';
    const verdict = await testHaproxy(`${defaults}${text}`);
    expect(verdict.accepted, verdict.output).toBe(true);
  });
});
