import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasAttributes, planAttributes } from '../../../src/targets/files/attributes.js';
import { Content } from '../../../src/targets/files/content.js';
import type { DesiredFile } from '../../../src/targets/files/desired-file.js';
import type { FoundFile, ObservedFile } from '../../../src/targets/files/diff.js';

const mode = fc.integer({ min: 0, max: 0o7777 });
const id = fc.integer({ min: 0, max: 70_000 });
const found: fc.Arbitrary<FoundFile> = fc.record({
  content: fc.constant(Content.ofPieces([])),
  mode,
  uid: id,
  gid: id,
  keeping: fc.constantFrom('all', 'restricted', 'none'),
});
const file: fc.Arbitrary<DesiredFile> = fc.record({
  path: fc.constant('/a'),
  content: fc.constant(Content.ofPieces([])),
  mode: fc.option(
    mode.map((bits) => (bits & 0o777) | 0o400),
    { nil: undefined },
  ),
  owner: fc.constant(undefined),
  group: fc.constant(undefined),
  inPlace: fc.boolean(),
  fanOut: fc.constant(false),
  serial: fc.constant(false),
  secret: fc.boolean(),
});
const observed: fc.Arbitrary<ObservedFile> = fc.record({
  file,
  real: fc.constant('/a'),
  uid: fc.option(id, { nil: undefined }),
  gid: fc.option(id, { nil: undefined }),
  found: fc.option(found, { nil: undefined }),
  ours: fc.boolean(),
});

describe('the attributes of a file', () => {
  it('that nobody configured give no more than a file needs', () => {
    fc.assert(
      fc.property(file, observed, (wanted, there) => {
        const plan = planAttributes({ ...wanted, mode: undefined }, there);
        expect(plan.mode & 0o7002).toBe(0);
        expect(plan.mode & 0o400).toBe(0o400);
        if (wanted.secret && !plan.exposed) expect(plan.mode & 0o004).toBe(0);
      }),
    );
  });

  it('are the configured ones, if there are any', () => {
    fc.assert(
      fc.property(file, observed, (wanted, there) => {
        const { mode: planned, uid, gid, kept, exposed } = planAttributes(wanted, there);
        expect([uid, gid]).toEqual([there.uid, there.gid]);
        if (wanted.mode !== undefined) expect([planned, kept.mode, exposed]).toEqual([wanted.mode, false, false]);
        if (there.uid !== undefined) expect(kept.uid).toBeUndefined();
        if (there.gid !== undefined) expect(kept.gid).toBeUndefined();
      }),
    );
  });

  it('do not depend on a file that another user could have placed there', () => {
    fc.assert(
      fc.property(file, observed, found, (wanted, there, other) => {
        const spec = { ...wanted, inPlace: false };
        const planOf = (each: FoundFile | undefined) => {
          const {
            mode: planned,
            kept,
            exposed,
          } = planAttributes(spec, {
            ...there,
            found: each && { ...each, keeping: 'none' },
          });
          return { planned, kept, exposed };
        };
        expect(planOf(other)).toEqual(planOf(undefined));
      }),
    );
  });

  it('never let a group write that another user could have chosen, and never let it see secret contents', () => {
    fc.assert(
      fc.property(file, observed, found, (wanted, there, old) => {
        const spec = { ...wanted, inPlace: false, mode: undefined };
        const plan = planAttributes(spec, { ...there, found: { ...old, keeping: 'restricted' } });
        expect(plan.mode & 0o020).toBe(0);
        if (wanted.secret) expect(plan).toMatchObject({ mode: 0o600, kept: { uid: undefined, gid: undefined } });
      }),
    );
  });

  it('are in step once they are set, and then say nothing more', () => {
    fc.assert(
      fc.property(file, observed, found, (wanted, there, old) => {
        const plan = planAttributes(wanted, { ...there, found: old });
        fc.pre(!plan.exposed);
        const next: ObservedFile = {
          ...there,
          found: {
            ...old,
            mode: plan.mode,
            uid: plan.uid ?? plan.kept.uid ?? old.uid,
            gid: plan.gid ?? plan.kept.gid ?? old.gid,
            // The new file has one name and belongs to root or to the user of rollcall, if nothing else is configured.
            keeping: old.keeping === 'none' ? 'restricted' : old.keeping,
          },
        };
        expect(hasAttributes(wanted, next)).toBe(!planAttributes(wanted, next).exposed);
        if (hasAttributes(wanted, next)) expect(planAttributes(wanted, next).caveats).toEqual([]);
      }),
    );
  });
});
