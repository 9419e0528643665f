import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addSupport, findSuccessor, type Reading, type Support } from '../../src/formats/reconsider.js';
import type { Rejection, RejectionCode } from '../../src/model/format.js';

/** Services and how many of their keys the present format reads (`own`), and another one does (`other`). */
type Keys = Readonly<Record<string, { own?: number; other?: number }>>;

const rejection = (key: string, service: string, code: RejectionCode = 'not-recognised'): Rejection => ({
  source: 's',
  key,
  code,
  reason: 'r',
  readAs: { format: 'json', service },
});

function read(keys: Keys, more: readonly Rejection[] = []): Reading {
  const rejected = [
    ...more,
    ...Object.entries(keys).flatMap(([service, { other = 0 }]) =>
      Array.from({ length: other }, (_, at) => rejection(`/${service}/${at}`, service)),
    ),
  ];
  const counts = Object.entries(keys).flatMap(([service, { own = 0 }]) => (own > 0 ? [[service, own] as const] : []));
  const accepted = counts.reduce((sum, [, count]) => sum + count, 0);
  return { format: 'plain', keys: accepted + rejected.length, rejected, registrations: () => counts };
}

const none: Support = { keys: 0, tops: [] };
/** The decision is made from `past`; then the keys are `present`. */
const next = (past: Keys, present: Keys): string | undefined =>
  findSuccessor(read(present), addSupport(none, read(past)))?.format;

describe('a decision of auto', () => {
  it('made by one stray key gives way when most keys are of another format', () => {
    expect(next({ a: { own: 1 } }, { a: { own: 1 }, web: { other: 1 } })).toBeUndefined();
    expect(next({ a: { own: 1 } }, { a: { own: 1 }, web: { other: 2 } })).toBe('json');
    expect(next({ web: { own: 1 } }, { web: { own: 1, other: 5 } })).toBe('json');
    expect(findSuccessor(read({ a: { own: 1 }, web: { other: 5 } }), none)).toEqual({
      ...{ format: 'json', votes: 5, against: 1 },
    });
  });

  it('is not changed by any number of keys below one directory, once two keys have proven it', () => {
    expect(next({ web: { own: 2 } }, { web: { own: 2 }, evil: { other: 9000 } })).toBeUndefined();
    expect(next({ web: { own: 1 }, api: { own: 1 } }, { web: { own: 1 }, evil: { other: 9000 } })).toBeUndefined();
    // Not even while all others are away.
    expect(next({ web: { own: 2 } }, { evil: { other: 9000 } })).toBeUndefined();
    expect(
      next({ web: { own: 2 } }, { web: { own: 2 }, 'evil/a': { other: 9 }, 'evil/b': { other: 9 } }),
    ).toBeUndefined();
  });

  it('follows the services that it was proven by, and most directories', () => {
    expect(next({ web: { own: 5 } }, { web: { own: 2, other: 5 } })).toBe('json');
    expect(next({ web: { own: 5 } }, { web: { other: 5 } })).toBe('json');
    expect(next({ old: { own: 2 } }, { old: { own: 2 }, web: { other: 9 }, api: { other: 9 } })).toBe('json');
    expect(next({ a: { own: 2 }, b: { own: 2 } }, { a: { own: 1 }, b: { own: 1 }, c: { other: 9 } })).toBeUndefined();
  });

  it('does not alternate between formats of similar numbers', () => {
    expect(next({ a: { own: 5 }, b: { own: 5 } }, { a: { own: 5 }, c: { other: 6 }, d: { other: 3 } })).toBeUndefined();
  });

  it('is not touched by registrations that the format understands and rejects', () => {
    const wildcards = Array.from({ length: 9 }, (_, at) => rejection(`/web/${at}`, 'web', 'wildcard-address'));
    expect(findSuccessor(read({}, wildcards), none)).toBeUndefined();
    const { readAs: _, ...garbage } = rejection('/web/1', 'web');
    expect(findSuccessor(read({}, [garbage]), none)).toBeUndefined();
  });

  it('counts a key once, whatever the number of its endpoints', () => {
    const parts = Array.from({ length: 9 }, () => rejection('/evil/1', 'evil'));
    expect(findSuccessor(read({ web: { own: 1 } }, parts), none)).toBeUndefined();
  });
});

describe('the support of a decision', () => {
  it('is bounded, and the same object when nothing is new', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`s${at}`, { own: 1 }]));
    const support = addSupport(none, read(many));
    expect([support.keys, support.tops.length]).toEqual([2, 8]);
    expect(addSupport(support, read(many))).toBe(support);
    expect(addSupport(support, read({}))).toBe(support);
  });
});

it('never lets one directory outvote a proven decision, in any history', () => {
  const counts = fc.record({ own: fc.nat(3), other: fc.nat(9) });
  const others = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd'),
    counts.map(({ own }) => ({ own })),
  );
  fc.assert(
    fc.property(others, others, fc.nat(99), (past, present, evil) => {
      const support = addSupport(none, read(past));
      fc.pre(support.keys >= 2);
      const keys = { ...present, evil: { other: evil } };
      expect(findSuccessor(read(keys), support)).toBeUndefined();
    }),
  );
});
