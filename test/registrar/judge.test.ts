import { describe, expect, it } from 'vitest';
import { decideWrite, type WriteDecision, type DesiredKey } from '../../src/registrar/decide.js';
import { dueAt, overdueAt, patienceFor } from '../../src/registrar/term.js';
import type { Entry } from '../../src/model/entry.js';

const later: DesiredKey = {
  value: 'wanted',
  lease: '7',
  isOwn: (lease) => lease === '7' || lease === '6',
  isSame: ({ value }) => value === 'wanted' || value === 'alike',
  first: false,
  takeOver: true,
};
const first: DesiredKey = { ...later, first: true, takeOver: false };
const gone = { value: undefined };

const entry = (value: string, lease: string): Entry => ({
  key: 'k',
  value,
  lease,
  createRevision: '3',
  modRevision: '5',
});
const inStep: WriteDecision = { kind: 'in-step' };
const taken: WriteDecision = { kind: 'taken' };
const over = (holder: 'us' | 'same' | 'other'): WriteDecision => ({ kind: 'write', over: holder, modRevision: '5' });

describe('what is to be done with a key', () => {
  it.each<[string, Entry | undefined, DesiredKey, WriteDecision]>([
    ['free', undefined, later, { kind: 'write', over: 'nobody', modRevision: '0' }],
    ['free, as it should be', undefined, { ...later, ...gone }, inStep],
    ['ours, as it should be', entry('wanted', '7'), later, inStep],
    ['ours, with another value', entry('altered', '7'), later, over('us')],
    ['ours, under a lease of before', entry('wanted', '6'), later, over('us')],
    ['ours, and should not be there', entry('wanted', '7'), { ...later, ...gone }, over('us')],
    ['somebody’s, alike, at first', entry('alike', '9'), first, over('same')],
    ['somebody’s, alike, without a lease, at first', entry('alike', '0'), first, over('same')],
    ['somebody’s, alike, later', entry('wanted', '9'), later, taken],
    ['somebody’s, other, at first', entry('theirs', '9'), first, taken],
    ['somebody’s, other, without a lease, at first', entry('theirs', '0'), first, taken],
    ['somebody’s, other, taken over', entry('theirs', '9'), { ...first, takeOver: true }, over('other')],
    ['somebody’s, other, later, whatever the option', entry('theirs', '9'), later, taken],
    ['somebody’s, where ours must not be, at first', entry('theirs', '9'), { ...first, ...gone }, taken],
    ['somebody’s, where ours must not be, later', entry('theirs', '9'), { ...later, ...gone }, inStep],
  ])('%s', (_title, seen, wish, verdict) => {
    expect(decideWrite(seen, wish)).toEqual(verdict);
  });
});

describe('the time of a lease', () => {
  it.each([[2000], [10_000], [60_000]])(
    'of %i ms counts as lost before etcd may let it lapse, after several tries',
    (ttl) => {
      const term = { lease: '7', ttl, sentAt: 100 };
      expect(overdueAt(term)).toBeLessThan(100 + ttl);
      expect(dueAt(term) + 3 * patienceFor(ttl)).toBeLessThan(overdueAt(term));
    },
  );
});
