import { describe, expect, it } from 'vitest';
import { decideWrite, type WriteDecision, type DesiredKey } from '../../src/registrar/decide.js';
import { keepAliveDueAt, keepAliveOverdueAt, timeoutFor } from '../../src/registrar/lease-term.js';
import type { Entry } from '../../src/model/entry.js';

const later: DesiredKey = {
  value: 'wanted',
  lease: '7',
  isOwn: (lease) => lease === '7' || lease === '6',
  isSame: ({ value }) => value === 'wanted' || value === 'alike',
  isFirst: false,
  takeOver: true,
};
const first: DesiredKey = { ...later, isFirst: true, takeOver: false };
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
const write = (holder: 'own' | 'same' | 'other'): WriteDecision => ({ kind: 'write', holder, modRevision: '5' });

describe('the decision about one key', () => {
  it.each<[string, Entry | undefined, DesiredKey, WriteDecision]>([
    ['free', undefined, later, { kind: 'write', holder: 'none', modRevision: '0' }],
    ['free, and must not exist', undefined, { ...later, ...gone }, inStep],
    ['ours, in step', entry('wanted', '7'), later, inStep],
    ['ours, with another value', entry('altered', '7'), later, write('own')],
    ['ours, under an earlier lease', entry('wanted', '6'), later, write('own')],
    ['ours, and must not exist', entry('wanted', '7'), { ...later, ...gone }, write('own')],
    ['same endpoint, at first', entry('alike', '9'), first, write('same')],
    ['same endpoint, without a lease, at first', entry('alike', '0'), first, write('same')],
    ['same endpoint, later', entry('wanted', '9'), later, taken],
    ['other writer, at first', entry('theirs', '9'), first, taken],
    ['other writer, without a lease, at first', entry('theirs', '0'), first, taken],
    ['other writer, taken over', entry('theirs', '9'), { ...first, takeOver: true }, write('other')],
    ['other writer, later, even with takeOver', entry('theirs', '9'), later, taken],
    ['other writer, and ours must not exist, at first', entry('theirs', '9'), { ...first, ...gone }, taken],
    ['other writer, and ours must not exist, later', entry('theirs', '9'), { ...later, ...gone }, inStep],
  ])('%s', (_title, observed, desired, decision) => {
    expect(decideWrite(observed, desired)).toEqual(decision);
  });
});

describe('the timing of a lease', () => {
  it.each([[2000], [10_000], [60_000]])(
    'with a TTL of %i ms: the lease counts as lost before etcd may let it expire, after several tries',
    (ttl) => {
      const term = { lease: '7', ttl, sentAt: 100 };
      expect(keepAliveOverdueAt(term)).toBeLessThan(100 + ttl);
      expect(keepAliveDueAt(term) + 3 * timeoutFor(ttl)).toBeLessThan(keepAliveOverdueAt(term));
    },
  );
});
