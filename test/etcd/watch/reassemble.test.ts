import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReassembler } from '../../../src/etcd/watch/reassemble.js';
import type { WatchResponseMessage } from '../../../src/etcd/protocol/messages.js';

const event = (revision: number, key = 'k') => ({
  type: 'Put' as const,
  kv: {
    key: Buffer.from(key),
    value: Buffer.from(String(revision)),
    create_revision: '1',
    mod_revision: String(revision),
    lease: '0',
  },
});

const message = (part: Partial<WatchResponseMessage>, revision = 0): WatchResponseMessage => ({
  header: { cluster_id: '1', revision: String(revision), raft_term: '2' },
  watch_id: '0',
  created: false,
  canceled: false,
  compact_revision: '0',
  cancel_reason: '',
  fragment: false,
  events: [],
  ...part,
});

describe('a watch’s messages', () => {
  it('are held back until their last fragment', () => {
    const assembly = createReassembler('5');
    expect(assembly.take(message({ fragment: true, events: [event(6, 'a')] }, 9))).toEqual({ kind: 'nothing' });
    expect(assembly.last()).toBe(5n);
    expect(assembly.take(message({ events: [event(6, 'b'), event(7, 'c')] }, 9))).toMatchObject({
      kind: 'events',
      revision: '7',
      events: [{ entry: { key: 'a' } }, { entry: { key: 'b' } }, { entry: { key: 'c' } }],
    });
    expect(assembly.last()).toBe(7n);
  });

  it('resume after the last event, whatever the header says', () => {
    const assembly = createReassembler('5');
    assembly.take(message({ created: true }, 5000));
    assembly.take(message({ events: [event(6)] }, 5000));
    expect(assembly.last()).toBe(6n);
  });

  it('leave out what is known already', () => {
    const assembly = createReassembler('6');
    expect(assembly.take(message({ events: [event(5), event(6)] }))).toEqual({ kind: 'nothing' });
    expect(assembly.take(message({ events: [event(6), event(7)] }))).toMatchObject({ events: { length: 1 } });
  });

  it('are progress without events, but not among fragments', () => {
    const assembly = createReassembler('6');
    expect(assembly.take(message({}, 9))).toEqual({ kind: 'progress', revision: '9' });
    assembly.take(message({ fragment: true, events: [event(7)] }));
    expect(assembly.take(message({}, 9))).toEqual({ kind: 'nothing' });
  });

  it('advance, never back', () => {
    const assembly = createReassembler('9223372036854775806');
    expect(assembly.advance('9223372036854775805')).toBe(false);
    expect(assembly.advance('9223372036854775807')).toBe(true);
    expect(assembly.last()).toBe(9223372036854775807n);
  });

  it('give every event once, in order, however they are cut into messages and fragments', () => {
    const cuts = fc.array(fc.record({ size: fc.integer({ min: 1, max: 5 }), fragment: fc.boolean() }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(cuts, (parts) => {
        const assembly = createReassembler('0');
        const seen: string[] = [];
        let revision = 0;
        for (const { size, fragment } of [...parts, { size: 1, fragment: false }]) {
          const events = Array.from({ length: size }, () => event(++revision));
          const told = assembly.take(message({ fragment, events }));
          if (told.kind === 'events')
            seen.push(...told.events.map((e) => (e.type === 'put' ? e.entry.modRevision : '')));
        }
        expect(seen).toEqual(Array.from({ length: revision }, (_, n) => String(n + 1)));
      }),
    );
  });
});
