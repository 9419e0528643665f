import { describe, expect, it } from 'vitest';
import { createLedger } from '../../src/guard/ledger.js';

const none = { old: 0, fresh: 0 };
const old = (at: number) => ({ at, isNew: false });

describe('the loss of a group', () => {
  it('is what is missing and what has left, of the number before', () => {
    const ledger = createLedger();
    ledger.note(10, 0);
    ledger.depart('a', old(0));
    ledger.depart('b', old(0));
    expect(ledger.measure(4, { old: 4, fresh: 0 })).toEqual({ lost: 6, of: 10 });
    expect(ledger.measure(8, none)).toEqual({ lost: 2, of: 10 });
  });

  it('is net of arrivals, in whatever order they come', () => {
    const ledger = createLedger();
    ledger.note(6, 0);
    for (const member of ['n1', 'n2', 'n3', 'n4']) ledger.arrive(member, 1);
    ledger.note(10, 1);
    expect(ledger.measure(4, { old: 6, fresh: 0 })).toEqual({ lost: 2, of: 6 });
  });

  it('counts what came and went, but never more than the fall from the largest size', () => {
    const ledger = createLedger();
    for (const member of ['a', 'b', 'c', 'd']) ledger.arrive(member, 0);
    ledger.note(4, 0);
    for (const member of ['a', 'b', 'c', 'd']) expect(ledger.miss(member)).toBe(true);
    expect(ledger.measure(0, { old: 0, fresh: 4 })).toEqual({ lost: 4, of: 4 });
    for (let at = 1; at < 9; at += 1) ledger.depart(`x${at}`, { at, isNew: true });
    expect(ledger.measure(3, none)).toEqual({ lost: 1, of: 4 });
  });

  it('forgets what is older than the window', () => {
    const ledger = createLedger();
    ledger.note(10, 0);
    ledger.note(5, 1);
    ledger.depart('a', old(1));
    ledger.arrive('b', 2);
    ledger.forget(2);
    ledger.note(5, 40);
    expect([ledger.departures.size, [...ledger.arrivals.keys()]]).toEqual([0, ['b']]);
    expect(ledger.measure(4, { old: 1, fresh: 0 })).toEqual({ lost: 0, of: 4 });
    ledger.forget(3);
    expect(ledger.isEmpty).toBe(true);
    expect(ledger.measure(4, { old: 1, fresh: 0 })).toEqual({ lost: 1, of: 5 });
  });

  it('does not count what left for a known reason, nor ever had it', () => {
    const ledger = createLedger();
    ledger.note(10, 0);
    ledger.explain(6, 4);
    expect(ledger.measure(3, { old: 1, fresh: 0 })).toEqual({ lost: 1, of: 4 });
    ledger.explain(6, 4);
    expect(ledger.measure(0, { old: 4, fresh: 0 })).toEqual({ lost: 4, of: 4 });
  });

  it('has no larger size because of an explanation, although members that have departed are still missing', () => {
    const ledger = createLedger();
    ledger.note(3, 0);
    ledger.depart('a', old(0));
    ledger.explain(0, 4);
    expect(ledger.largest()).toBe(3);
    ledger.explain(1, 5);
    expect(ledger.largest()).toBe(3);
  });

  it('counts a departure once, and not at all after a return', () => {
    const ledger = createLedger();
    ledger.note(4, 0);
    ledger.depart('a', { at: 1, isNew: true });
    ledger.depart('a', old(9));
    expect(ledger.departures.get('a')).toEqual({ at: 1, isNew: true });
    ledger.undoDeparture('a');
    expect(ledger.measure(3, none)).toEqual({ lost: 0, of: 3 });
  });

  it('remembers no more departures than it needs, however many there are', () => {
    const ledger = createLedger();
    ledger.note(20, 0);
    for (let at = 0; at < 100_000; at += 1) ledger.depart(`x${at}`, old(at));
    expect(ledger.departures.size).toBe(20);
    expect(ledger.measure(0, none)).toEqual({ lost: 20, of: 20 });
  });

  it('is the same after it was saved and read at another time of another clock', () => {
    const ledger = createLedger();
    ledger.note(10, 100);
    ledger.note(7, 150);
    ledger.arrive('n', 160);
    ledger.depart('a', old(150));
    ledger.depart('b', { at: 170, isNew: true });
    const copy = createLedger(ledger.save(200), 5);
    expect(copy.save(5)).toEqual(ledger.save(200));
    expect(copy.measure(5, { old: 3, fresh: 0 })).toEqual(ledger.measure(5, { old: 3, fresh: 0 }));
  });
});
