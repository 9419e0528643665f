import fc from 'fast-check';
import type { Service } from '../../../src/model/instance.js';
import { compareText } from '../../../src/model/order.js';
import type { View } from '../../../src/model/view.js';
import { compilePath } from '../../../src/render/path.js';
import { compileTemplate } from '../../../src/render/template.js';
import type { FileSpec } from '../../../src/targets/files/desired-file.js';
import { makeService, makeView } from '../../render/views.js';

const rest = { mode: 0o644, owner: undefined, group: undefined, inPlace: false };

/** One file with all services. */
function plain(path: string, text: string): FileSpec {
  return { ...rest, path, template: compileTemplate({ name: 'all.hbs', text, scope: 'root' }) };
}

/** A file for each service. */
export function fanOut(directory: string, name: string, text: string): FileSpec {
  const path = `${directory}/${name}`;
  return {
    ...rest,
    path,
    template: compileTemplate({ name: 'one.hbs', text, scope: 'service' }),
    fanOut: { directory, path: compilePath({ name: path, text: path }) },
  };
}

const all = '# {{target.name}}\n{{#each services}}\n{{name}}{{#each instances}} {{port}}{{/each}}\n{{/each}}\nend\n';
export const one = '{{service.name}}{{#each service.instances}} {{port}}/{{metadata.zone}}{{/each}} {{vars.a}}\n';

/** Entries of `files` below a directory, as often as a property needs fresh ones. */
export const configs: Record<string, (directory: string) => FileSpec[]> = {
  'a file': (dir) => [plain(`${dir}/all.conf`, all)],
  'a fan-out': (dir) => [fanOut(dir, '{{service.name}}.conf', one)],
  'both, with paths that services share': (dir) => [
    plain(`${dir}/all.conf`, all),
    fanOut(dir, '{{lower service.name}}.conf', one),
  ],
  'two fan-outs with one path for some services': (dir) => [
    fanOut(dir, '{{service.name}}.conf', one),
    fanOut(dir, '{{#if service.expected}}a{{else}}{{service.name}}-2{{/if}}.conf', 'x {{service.name}}'),
  ],
  'a fan-out that reads other services': (dir) => [
    fanOut(dir, '{{service.name}}.conf', '{{service.name}} of {{#each services}}{{name}} {{/each}}'),
  ],
};

/** Names that differ in case only share a path in some configs. A zone that is absent makes an instance fail. */
const instance = fc.record({
  port: fc.integer({ min: 1, max: 5 }),
  metadata: fc.constantFrom<Record<string, string>>({ zone: 'a' }, { zone: 'b' }, { zone: 'a' }, {}),
});
const service = fc
  .record({
    name: fc.constantFrom('a', 'A', 'b', 'B', 'c', 'd', 'e'),
    instances: fc.array(instance, { minLength: 1, maxLength: 3 }),
    expected: fc.boolean(),
  })
  .map(({ name, instances, expected }) =>
    makeService(
      name,
      instances.map((each, at) => ({ ...each, id: String(at) })),
      expected,
    ),
  );

export type ViewEdit = { readonly put: Service } | { readonly remove: string } | { readonly a: string };

/** Changes of one service, or of the vars. */
export const viewEdit: fc.Arbitrary<ViewEdit> = fc.oneof(
  { weight: 8, arbitrary: service.map((put) => ({ put })) },
  { weight: 3, arbitrary: fc.constantFrom('a', 'A', 'b', 'c', 'd').map((remove) => ({ remove })) },
  { weight: 1, arbitrary: fc.constantFrom('x', 'y').map((a) => ({ a })) },
);

/** Makes one view after the other. Services that an edit does not touch stay the same objects. */
export function createViews(): (edits: readonly ViewEdit[]) => View {
  const services = new Map<string, Service>();
  const fixed = { kv: { pairs: [], tree: {} }, env: {}, target: { name: 'proxy' } };
  let vars = { a: '' };
  return (edits) => {
    for (const each of edits)
      if ('put' in each) services.set(each.put.name, each.put);
      else if ('remove' in each) services.delete(each.remove);
      else vars = { a: each.a };
    const list = [...services.values()].sort((a, b) => compareText(a.name, b.name));
    return makeView({ ...fixed, vars, services: list });
  };
}
