import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Service } from '../../src/model/instance.js';
import { makeService } from '../render/views.js';
import { describeWith } from '../support/binaries.js';
import { testHaproxy } from '../support/haproxy.js';
import { describeWithStream, testNginx } from '../support/nginx.js';
import { freePort } from '../support/ports.js';
import { tempDir } from '../support/temp.js';
import { make } from '../templates/views.js';

const root = join(import.meta.dirname, '..', '..');

interface Target {
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly expect?: readonly string[];
  readonly files: readonly { readonly path: string; readonly template: string }[];
}

/** The fenced blocks of a language on a page, without their indentation. */
async function blocksOf(page: string, language: string): Promise<string[]> {
  const text = await readFile(join(root, 'docs/howto', page), 'utf8');
  return [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\`$`, 'gm'))].map(
    ([, indent = '', body = '']) => body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/** Writes what the configs of a page make of the services, below a folder in place of /. */
async function writeOutputs(page: string, dir: string, more: readonly Service[] = []): Promise<void> {
  for (const config of await blocksOf(page, 'yaml'))
    for (const target of (parse(config) as { targets: Target[] }).targets)
      for (const { path, template } of target.files) {
        const text = await readFile(join(root, 'templates', `${template}.hbs`), 'utf8');
        const services = [...(target.expect ?? []).map((name) => makeService(name, [], true)), ...more];
        const file = join(dir, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, make(template, text, { services, vars: target.vars ?? {} }).text);
      }
}

const api = makeService('api', [{}, { address: '192.0.2.2', weight: 300 }]);
const dns = makeService('dns', [{ port: 53 }]);

describeWith('haproxy', 'docs/howto/haproxy.md', () => {
  test.each([
    ['an empty registry', []],
    ['services', [api, dns]],
  ])('is a config that HAProxy accepts, with %s', async (_name, services) => {
    const dir = await tempDir();
    await writeOutputs('haproxy.md', dir, services);
    const [conf = ''] = await blocksOf('haproxy.md', 'haproxy');
    const verdict = await testHaproxy(conf.replaceAll('/etc/', `${dir}/etc/`), [join(dir, 'etc/haproxy/conf.d')]);
    expect(verdict.accepted, verdict.output).toBe(true);
  });
});

describeWithStream('docs/howto/nginx.md', () => {
  test.each([
    ['an empty registry', []],
    ['services', [api, dns]],
  ])('is a config that nginx accepts, with %s', async (_name, services) => {
    const dir = await tempDir();
    await writeOutputs('nginx.md', dir, services);
    const blocks = await blocksOf('nginx.md', 'nginx');
    const http = blocks.filter((block) => block.startsWith('# http')).join('');
    const stream = blocks.filter((block) => block.startsWith('# stream')).join('');
    expect([http, stream]).not.toContain('');
    // The ports of the page may be taken, and are not ours to listen on.
    const file = join(dir, 'etc/nginx/stream.d/services.conf');
    const port = await freePort();
    await writeFile(file, (await readFile(file, 'utf8')).replace(/listen \d+/g, `listen 127.0.0.1:${port}`));
    const verdict = await testNginx(
      `include ${dir}/etc/nginx/conf.d/*.conf;\n${http.replaceAll('listen 80', `listen 127.0.0.1:${await freePort()}`)}`,
      stream.replace(/stream \{([\s\S]*)\}/, '$1').replaceAll('/etc/', `${dir}/etc/`),
    );
    expect(verdict.accepted, verdict.output).toBe(true);
  });
});
