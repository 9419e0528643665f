import { describe, expect, it } from 'vitest';
import type { Instance, Service } from '../../../src/model/instance.js';
import type { View } from '../../../src/model/view.js';
import { compilePath } from '../../../src/render/path.js';
import { compileTemplate } from '../../../src/render/template.js';
import { createDesiredFiles, digestFiles, type DesiredFiles } from '../../../src/targets/files/desired.js';
import type { FileSpec } from '../../../src/targets/files/desired-file.js';
import { instance } from '../../model/instances.js';

function viewOf(services: Record<string, Partial<Instance>[]>, expected: readonly string[] = []): View {
  const list = Object.entries(services)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, overs]): Service => ({
      name,
      instances: overs.map((over, index) => instance({ service: name, port: 80 + index, id: `i-${index}`, ...over })),
      expected: expected.includes(name),
    }));
  return { services: list, kv: { pairs: [], tree: {} }, vars: {}, env: {}, target: { name: 't' } };
}

const common = { mode: 0o644, owner: undefined, group: undefined, inPlace: false };

function plain(path: string, text: string): FileSpec {
  return { ...common, path, template: compileTemplate({ name: path, text, scope: 'root', dialect: 'none' }) };
}

function fanOut(path: string, text: string): FileSpec {
  return {
    ...common,
    path,
    fanOut: {
      directory: path.slice(0, path.lastIndexOf('/', path.indexOf('{{'))),
      path: compilePath({ name: path, text: path }),
    },
    template: compileTemplate({ name: path, text, scope: 'service', dialect: 'none' }),
  };
}

/** Without the desired files of another view. */
const desiredFiles = (specs: readonly FileSpec[], view: View): DesiredFiles => createDesiredFiles(specs)(view);

const textOf = (want: DesiredFiles): Record<string, string> =>
  Object.fromEntries(want.files.map(({ path, content }) => [path, content.toString()]));

const names = '{{#each services}}{{name}}:{{#each instances}} {{port}}{{/each}}\n{{/each}}';

describe('desired files', () => {
  it('are one per entry and one per service of a fan-out, sorted by path', () => {
    const parts = [
      plain('/z', names),
      fanOut('/a/{{service.name}}.map', '{{#each service.instances}}{{port}} {{/each}}'),
    ];
    const want = desiredFiles(parts, viewOf({ web: [{}, {}], api: [{}] }));
    expect(textOf(want)).toEqual({ '/a/api.map': '80 ', '/a/web.map': '80 81 ', '/z': 'api: 80\nweb: 80 81\n' });
    expect(want.files.map(({ path }) => path)).toEqual(['/a/api.map', '/a/web.map', '/z']);
    expect(want.quarantined).toEqual([]);
  });

  it('are used without the host names that a template leaves out, which are told, but not those of a secret file', () => {
    const text =
      '{{#each services}}{{#each instances}}{{#each (hostClaims this "host" "" "")}}{{host}} {{/each}}{{/each}}{{/each}}';
    const view = viewOf({ web: [{ metadata: { host: 'a..canary www.example.com' } }] });
    const want = desiredFiles([plain('/hosts', text), plain('/again', text)], view);
    expect(textOf(want)).toEqual({ '/again': 'www.example.com ', '/hosts': 'www.example.com ' });
    const reason = 'left out of the host names: a label is empty';
    expect(want.quarantined).toEqual([{ service: 'web', hostName: 'a..canary', reason }]);
    const secret = desiredFiles([{ ...plain('/hosts', text), secret: true }], view);
    expect(secret.quarantined).toEqual([{ service: 'web', hostName: '', reason }]);
    expect(JSON.stringify(secret.quarantined)).not.toContain('canary');
  });

  it('with the same path go to the expected service, then to the one in lower case', () => {
    const parts = [fanOut('/fan/{{lower service.name}}', '{{service.name}}')];
    const services = { API: [{}], Api: [{}], api: [{}], WEB: [{}], Web: [{}] };
    const want = desiredFiles(parts, viewOf(services, ['Web']));
    expect(textOf(want)).toEqual({ '/fan/api': 'api', '/fan/web': 'Web' });
    expect(want.quarantined.map(({ service }) => service).sort()).toEqual(['API', 'Api', 'WEB']);
  });

  it('leave out of all outputs what one output rejects', () => {
    const zones = '{{#each service.instances}}{{port}} {{metadata.rack}}\n{{/each}}';
    const view = viewOf({ web: [{ metadata: { rack: 'a' } }, {}], api: [{ metadata: { rack: 'b' } }] });
    const want = desiredFiles([plain('/all', names), fanOut('/fan/{{service.name}}', zones)], view);
    expect(textOf(want)).toEqual({ '/all': 'api: 80\nweb: 80\n', '/fan/api': '80 b\n', '/fan/web': '80 a\n' });
    expect(want.quarantined).toMatchObject([{ service: 'web', instance: { id: 'i-1', port: 81 } }]);
  });

  it('leave out a service whose name would lead out of the directory, everywhere', () => {
    const view = viewOf({
      '../../etc/passwd': [{}],
      '.hidden': [{}],
      '-rf': [{}],
      '..': [{}],
      web: [{}],
      ['x'.repeat(300)]: [{}],
    });
    const want = desiredFiles([plain('/all', names), fanOut('/fan/{{service.name}}', 'x')], view);
    expect(textOf(want)).toEqual({ '/all': 'web: 80\n', '/fan/web': 'x' });
    expect(want.quarantined.map(({ service }) => service).sort()).toEqual([
      '-rf',
      '..',
      '../../etc/passwd',
      '.hidden',
      'x'.repeat(300),
    ]);
  });

  it('never lie outside the directory, whatever a path renders to', () => {
    for (const bad of [
      '/etc/passwd',
      '/fan',
      '/fan/',
      '/fan/..',
      '/fan/a/b',
      '/fan/../x',
      '/fan/.rollcall-1',
      '/fan/.x',
      '/fan/-x',
      `/fan/${'y'.repeat(256)}`,
    ]) {
      const part: FileSpec = {
        ...common,
        path: '/fan/{{x}}',
        fanOut: { directory: '/fan', path: { render: () => ({ text: bad, rejected: [] }) } },
        template: { render: () => ({ text: 'x', rejected: [] }) },
      };
      const want = desiredFiles([part], viewOf({ web: [{}] }));
      expect(want.files, bad).toEqual([]);
      expect(want.quarantined, bad).toMatchObject([{ service: 'web' }]);
    }
  });

  it('begin with a dash or a dot only if the config itself writes it, and the reason says how', () => {
    const view = viewOf({ '-rf': [{}] });
    const { files, quarantined } = desiredFiles([fanOut('/fan/{{service.name}}', 'x')], view);
    expect(files).toEqual([]);
    expect(quarantined[0]?.reason).toContain('as in /dir/svc-{{service.name}}.conf');
    for (const prefix of ['svc-', '.', '-'])
      expect(textOf(desiredFiles([fanOut(`/fan/${prefix}{{service.name}}`, 'x')], view))).toEqual({
        [`/fan/${prefix}-rf`]: 'x',
      });
  });

  it('keep the first of two services with the same path, and the reason of the other names it', () => {
    const view = viewOf({ a: [{}], b: [{}] });
    const want = desiredFiles([fanOut('/fan/{{#if service.expected}}x{{else}}same{{/if}}', '{{service.name}}')], view);
    expect(textOf(want)).toEqual({ '/fan/same': 'a' });
    expect(want.quarantined).toMatchObject([
      { service: 'b', reason: expect.stringContaining('file of service a') as string },
    ]);
  });

  it('keep a plain path against a service that would take it', () => {
    const want = desiredFiles(
      [fanOut('/d/{{service.name}}', 'fan'), plain('/d/web', 'plain')],
      viewOf({ web: [{}], x: [{}] }),
    );
    expect(textOf(want)).toEqual({ '/d/web': 'plain', '/d/x': 'fan' });
  });

  it('are an error when two entries have the same path', () => {
    const view = viewOf({ web: [{}] });
    expect(() => desiredFiles([plain('/a', ''), plain('/a', '')], view)).toThrow(
      expect.objectContaining({ code: 'OUTPUT_CONFLICT' }) as Error,
    );
    const twice = [fanOut('/a/{{service.name}}', ''), fanOut('/a/{{service.name}}', '')];
    expect(() => desiredFiles(twice, view)).toThrow(expect.objectContaining({ code: 'OUTPUT_CONFLICT' }) as Error);
  });

  it('are an error when a template rejects an expected service', () => {
    const view = viewOf({ '../x': [{}] }, ['../x']);
    expect(() => desiredFiles([fanOut('/fan/{{service.name}}', 'x')], view)).toThrow(
      expect.objectContaining({
        code: 'EXPECTED_REJECTED',
        message: expect.stringContaining('../x') as string,
      }) as Error,
    );
  });
});

describe('the digest', () => {
  const view = viewOf({ web: [{}] });
  const base = plain('/a', names);
  const digest = (part: FileSpec): string => digestFiles(desiredFiles([part], view));

  it('is equal for equal files', () => {
    expect(digest(plain('/a', names))).toBe(digest(base));
  });

  const others: [string, FileSpec][] = [
    ['path', plain('/b', names)],
    ['content', plain('/a', `${names}.`)],
    ['mode', { ...base, mode: 0o600 }],
    ['owner', { ...base, owner: 0 }],
    ['group', { ...base, group: 'adm' }],
  ];
  it.each(others)('differs for another %s', (_name, part) => {
    expect(digest(part)).not.toBe(digest(base));
  });
});
