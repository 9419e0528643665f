import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventFeed } from '../../src/daemon/event-feed.js';

const clock = { wall: () => 0 };
const live = (source: string) => ({ type: 'source-live', source }) as const;

describe('the event feed', () => {
  it('tells, after any event that it keeps, exactly the later ones; and undefined for one that it does not keep', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat({ max: 60 }), (most, count) => {
        const feed = createEventFeed(clock, most);
        const seen: string[] = [];
        feed.subscribe(({ id }) => seen.push(id));
        for (let i = 0; i < count; i++) feed.emit(live(String(i)));
        expect(seen).toHaveLength(count);
        expect(feed.after()?.map(({ id }) => id)).toEqual(seen.slice(-most));
        seen.forEach((id, index) => {
          const later = seen.slice(index + 1);
          expect(feed.after(id)?.map((event) => event.id)).toEqual(later.length <= most ? later : undefined);
        });
      }),
    );
  });

  it('does not know the ids of another process', () => {
    const [one, other] = [createEventFeed(clock), createEventFeed(clock)];
    for (const feed of [one, other]) feed.emit(live('a'));
    expect(other.after(one.after()?.[0]?.id)).toBeUndefined();
    for (const id of ['', 'x', '0-0', '-1', `${'0'.repeat(12)}-1`]) expect(other.after(id)).toBeUndefined();
  });

  it('calls each subscriber until it ends its subscription', () => {
    const feed = createEventFeed(clock);
    const heard: string[] = [];
    const listener = (): void => void heard.push('x');
    const endings = [feed.subscribe(listener), feed.subscribe(listener)];
    feed.emit(live('a'));
    expect(heard).toHaveLength(2);
    endings[0]?.();
    feed.emit(live('a'));
    expect(heard).toHaveLength(3);
  });
});
