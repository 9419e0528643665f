import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Service } from '../../../src/model/instance.js';
import { compareText } from '../../../src/model/order.js';
import type { View } from '../../../src/model/view.js';
import { compilePath } from '../../../src/render/path.js';
import { compileTemplate } from '../../../src/render/template.js';
import {
  createDesiredFiles,
  digestFiles,
  type DesiredFiles,
  type FileSpec,
} from '../../../src/targets/files/desired.js';
import { makeService, makeView } from '../../render/views.js';

const rest = { mode: 0o644, owner: undefined, group: undefined, inPlace: false };

function plain(text: string): FileSpec {
  return { ...rest, path: '/all.conf', template: compileTemplate({ name: 'all.hbs', text, scope: 'root' }) };
}

function fanOut(path: string, text: string): FileSpec {
  return {
    ...rest,
    path,
    template: compileTemplate({ name: 'one.hbs', text, scope: 'service' }),
    fanOut: { directory: '/fan', path: compilePath({ name: path, text: path }) },
  };
}

const all = '# {{target.name}}\n{{#each services}}\n{{name}}{{#each instances}} {{port}}{{/each}}\n{{/each}}\nend\n';
const one = '{{service.name}}{{#each service.instances}} {{port}}/{{metadata.zone}}{{/each}} {{vars.a}}\n';

/** Entries of `files`, as often as a property needs fresh ones. */
const configs: Record<string, () => FileSpec[]> = {
  'a file': () => [plain(all)],
  'a fan-out': () => [fanOut('/fan/{{service.name}}.conf', one)],
  'both, with paths that services share': () => [plain(all), fanOut('/fan/{{lower service.name}}.conf', one)],
  'two fan-outs with one path for some services': () => [
    fanOut('/fan/{{service.name}}.conf', one),
    fanOut('/fan/{{#if service.expected}}a{{else}}{{service.name}}-2{{/if}}.conf', 'x {{service.name}}'),
  ],
  'a fan-out that reads other services': () => [
    fanOut('/fan/{{service.name}}.conf', '{{service.name}} of {{#each services}}{{name}} {{/each}}'),
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
/** Changes of some services, or of the vars. */
const change = fc.oneof(
  { weight: 8, arbitrary: service.map((put) => ({ put })) },
  { weight: 3, arbitrary: fc.constantFrom('a', 'A', 'b', 'c', 'd').map((remove) => ({ remove })) },
  { weight: 1, arbitrary: fc.constantFrom('x', 'y').map((a) => ({ a })) },
);

function viewsOf(changes: readonly (readonly ({ put: Service } | { remove: string } | { a: string })[])[]): View[] {
  const services = new Map<string, Service>();
  const fixed = { kv: { pairs: [], tree: {} }, env: {}, target: { name: 'proxy' } };
  let vars = { a: '' };
  return changes.map((batch) => {
    for (const each of batch)
      if ('put' in each) services.set(each.put.name, each.put);
      else if ('remove' in each) services.delete(each.remove);
      else vars = { a: each.a };
    const list = [...services.values()].sort((a, b) => compareText(a.name, b.name));
    return makeView({ ...fixed, vars, services: list });
  });
}

/** What can be observed of the result, or its error. */
function describe(make: () => DesiredFiles): unknown {
  try {
    const desired = make();
    const files = desired.files.map(({ path, content }) => [path, content.toString()]);
    return { files, digest: digestFiles(desired), quarantined: desired.quarantined };
  } catch (error) {
    return String(error);
  }
}

test.each(Object.keys(configs))(
  '%s: made from the changes of the view, the files are as made from the whole view',
  (name) => {
    const specsOf = configs[name] ?? (() => []);
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 4 }), { minLength: 1, maxLength: 8 }), (batches) => {
        const make = createDesiredFiles(specsOf());
        let before: DesiredFiles | undefined;
        for (const view of viewsOf(batches)) {
          const last = before;
          const incremental = describe(() => (before = make(view, last)));
          expect(incremental).toEqual(describe(() => createDesiredFiles(specsOf())(view)));
          const now = before;
          if (typeof incremental === 'object') expect(describe(() => make(view, now))).toEqual(incremental);
        }
      }),
      { numRuns: 150 },
    );
  },
);

test('a file whose service does not change is the same object, and other services are not rendered', () => {
  let rendered = 0;
  const spec = fanOut('/fan/{{service.name}}.conf', one);
  const counting: FileSpec = {
    ...spec,
    template: { render: (view, of) => ((rendered += 1), spec.template.render(view, of)) },
  };
  const make = createDesiredFiles([counting]);
  const zone = { zone: 'a' };
  const services = Array.from({ length: 500 }, (_, n) =>
    makeService(`s${String(n).padStart(3, '0')}`, [{ metadata: zone }]),
  );
  const view = makeView({ services, vars: { a: 'x' } });
  const first = make(view);
  expect(rendered).toBe(500);
  const changed = [...services];
  changed[250] = makeService('s250', [{ metadata: zone, port: 7 }]);
  const second = make({ ...view, services: changed }, first);
  expect(rendered).toBe(501);
  expect(second.files.filter((file, at) => file !== first.files[at]).map(({ path }) => path)).toEqual([
    '/fan/s250.conf',
  ]);
  const third = make({ ...view, services: changed.filter((_, at) => at !== 100) }, second);
  expect(rendered).toBe(501);
  expect(third.files).toHaveLength(499);
});
