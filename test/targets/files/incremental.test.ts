import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDesiredFiles, digestFiles, type DesiredFiles } from '../../../src/targets/files/desired.js';
import type { FileSpec } from '../../../src/targets/files/desired-file.js';
import { makeService, makeView } from '../../render/views.js';
import { configs, createViews, fanOut, one, viewEdit } from './specs.js';

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
      fc.property(fc.array(fc.array(viewEdit, { maxLength: 4 }), { minLength: 1, maxLength: 8 }), (batches) => {
        const make = createDesiredFiles(specsOf('/fan'));
        let before: DesiredFiles | undefined;
        const nextView = createViews();
        for (const view of batches.map(nextView)) {
          const last = before;
          const incremental = describe(() => (before = make(view, last)));
          expect(incremental).toEqual(describe(() => createDesiredFiles(specsOf('/fan'))(view)));
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
  const spec = fanOut('/fan', '{{service.name}}.conf', one);
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
