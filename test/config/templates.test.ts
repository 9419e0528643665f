import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { ConfigError } from '../../src/config/problem.js';
import { readTemplates, type TemplateSet } from '../../src/config/templates.js';
import { tempDir } from '../support/temp.js';

const builtins = fileURLToPath(new URL('../../templates/', import.meta.url));

async function templatesOf(dir: string, templates: readonly string[], partials: object = {}): Promise<TemplateSet> {
  const file = join(dir, 'rollcall.yaml');
  const files = templates.map(
    (template, index) => `      - { path: /out/${index}, template: ${JSON.stringify(template)} }`,
  );
  await writeFile(
    file,
    `partials: ${JSON.stringify(partials)}\nsources: [{ name: web, prefix: /web/ }]\ntargets:\n  - name: nginx\n    files:\n${files.join('\n')}\n`,
  );
  return readTemplates(await loadConfig(file));
}

describe('a template', () => {
  it('is a built-in one if the reference has no slash and no dot', async () => {
    const { templates, files } = await templatesOf(await tempDir(), ['nginx-upstreams']);
    const path = join(builtins, 'nginx-upstreams.hbs');
    expect(templates.get('nginx-upstreams')).toEqual({
      name: 'nginx-upstreams',
      path,
      text: await readFile(path, 'utf8'),
    });
    expect([...files.keys()]).toEqual([path]);
  });

  it('is a file below the config’s directory for any other reference', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, 'sub'));
    await writeFile(join(dir, 'a.hbs'), '\ufeffone\n');
    await writeFile(join(dir, 'sub/b'), 'two');
    await writeFile(join(dir, 'part.hbs'), 'three');
    const { templates, partials, files } = await templatesOf(dir, ['a.hbs', './sub/b', join(dir, 'a.hbs')], {
      part: 'part.hbs',
    });
    expect([...templates].map(([reference, { name, text }]) => [reference, name, text])).toEqual([
      ['a.hbs', join(dir, 'a.hbs'), 'one\n'],
      ['./sub/b', join(dir, 'sub/b'), 'two'],
      [join(dir, 'a.hbs'), join(dir, 'a.hbs'), 'one\n'],
    ]);
    expect(partials.get('part')?.text).toBe('three');
    expect([...files.keys()].sort()).toEqual([join(dir, 'a.hbs'), join(dir, 'part.hbs'), join(dir, 'sub/b')].sort());
  });

  it('that cannot be read is reported at its place, with all others and the nearest built-in name', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'bytes.hbs'), Buffer.from([0xff]));
    const failure: unknown = await templatesOf(dir, ['ngnix-upstreams', './absent.hbs', 'bytes.hbs'], {
      part: 'gone.hbs',
    }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigError);
    const { problems, files } = failure as ConfigError;
    expect(problems.map(({ line, column, path, message, hint }) => [line, column, path, message, hint])).toEqual([
      [
        1,
        19,
        'partials.part',
        expect.stringMatching(/^cannot be read: there is no .*gone\.hbs \(ENOENT\)$/),
        undefined,
      ],
      [
        6,
        35,
        'targets[0].files[0].template',
        'no built-in template has this name',
        'Did you mean `nginx-upstreams`? To name a file, write its extension or a slash: ./ngnix-upstreams.hbs',
      ],
      [
        7,
        35,
        'targets[0].files[1].template',
        expect.stringMatching(/^cannot be read: there is no .*absent\.hbs \(ENOENT\)$/),
        undefined,
      ],
      [
        8,
        35,
        'targets[0].files[2].template',
        expect.stringMatching(/^cannot be read: .* is not UTF-8 text/),
        undefined,
      ],
    ]);
    // A missing file is followed too: it may be created.
    expect([...files.keys()]).toEqual(expect.arrayContaining([join(dir, 'rollcall.yaml'), join(dir, 'absent.hbs')]));
  });
});
