import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createQueue } from '../../src/controller/queue.js';
import { realClock } from '../support/clock.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const broken = (name: string, error: unknown): never => {
  throw new Error(`${name} broke off`, { cause: error });
};

const noPause = (): Promise<void> => Promise.resolve();

/** A queue whose passes end when the test says so. */
function heldQueue() {
  const started: string[] = [];
  const ends = new Map<string, (again?: number) => void>();
  const queue = createQueue(
    realClock,
    (name) => {
      started.push(name);
      return new Promise<number | undefined>((resolve) => {
        ends.set(name, resolve);
      });
    },
    broken,
    noPause,
  );
  const stop = new AbortController();
  const ended = queue.run(stop.signal);
  const end = async (name: string, again?: number) => {
    ends.get(name)?.(again);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { queue, started, end, stop, ended };
}

describe('the queue', () => {
  it('starts the first name at once', () => {
    const { queue, started } = heldQueue();
    queue.add('a');
    expect(started).toEqual(['a']);
  });

  it('never runs one name twice at once, and merges all adds during a pass into one more pass', async () => {
    const { queue, started, end } = heldQueue();
    queue.add('a');
    queue.add('a');
    queue.add('a');
    expect(started).toEqual(['a']);
    await end('a');
    expect(started).toEqual(['a', 'a']);
    await end('a');
    expect(started).toEqual(['a', 'a']);
  });

  it('drops the delay of a name that is added before it ends', async () => {
    const { queue, started, end } = heldQueue();
    queue.add('a');
    await end('a', 1000);
    queue.add('a');
    await vi.advanceTimersByTimeAsync(5000);
    await end('a');
    await vi.advanceTimersByTimeAsync(5000);
    expect(started).toEqual(['a', 'a']);
  });

  it('runs different names side by side: one that hangs does not delay the others', async () => {
    const { queue, started, end } = heldQueue();
    queue.add('hangs');
    queue.add('b');
    await end('b');
    queue.add('b');
    expect(started).toEqual(['hangs', 'b', 'b']);
  });

  it('runs a name again after the delay that its pass returned', async () => {
    const { queue, started, end } = heldQueue();
    queue.add('a');
    await end('a', 500);
    await vi.advanceTimersByTimeAsync(499);
    expect(started).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(started).toHaveLength(2);
  });

  it('ends the delay when the name is added, and does not run once more for the old delay', async () => {
    const { queue, started, end } = heldQueue();
    queue.add('a');
    await end('a', 500);
    queue.add('a');
    expect(started).toHaveLength(2);
    await end('a');
    await vi.advanceTimersByTimeAsync(2000);
    expect(started).toHaveLength(2);
  });

  it('keeps what was added before it ran', async () => {
    const started: string[] = [];
    const queue = createQueue(
      realClock,
      (name) => {
        started.push(name);
        return Promise.resolve(undefined);
      },
      broken,
      noPause,
    );
    queue.add('early');
    expect(started).toEqual([]);
    const stop = new AbortController();
    const ended = queue.run(stop.signal);
    expect(started).toEqual(['early']);
    stop.abort();
    await ended;
  });

  it('runs one pass for all adds during the pause after a pass', async () => {
    const started: string[] = [];
    let paused = 0;
    let go: () => void = () => undefined;
    const queue = createQueue(
      realClock,
      (name) => {
        started.push(name);
        return Promise.resolve(undefined);
      },
      broken,
      () => {
        paused += 1;
        return new Promise((resolve) => {
          go = resolve;
        });
      },
    );
    const stop = new AbortController();
    const ended = queue.run(stop.signal);
    queue.add('a');
    await vi.advanceTimersByTimeAsync(0);
    for (let message = 0; message < 100; message++) queue.add('a');
    await vi.advanceTimersByTimeAsync(0);
    expect(started).toEqual(['a']);
    go();
    await vi.advanceTimersByTimeAsync(0);
    expect(started).toEqual(['a', 'a']);
    expect(paused).toBe(2);
    stop.abort();
    go();
    await ended;
    expect(started).toEqual(['a', 'a']);
  });

  it('goes on after a pass that rejects, and runs its name again after the delay', async () => {
    const started: string[] = [];
    const queue = createQueue(
      realClock,
      (name) => {
        started.push(name);
        return name === 'breaks' && started.length === 1
          ? Promise.reject(new Error('a bug'))
          : Promise.resolve(undefined);
      },
      () => 500,
      noPause,
    );
    const stop = new AbortController();
    const ended = queue.run(stop.signal);
    queue.add('breaks');
    queue.add('b');
    await vi.advanceTimersByTimeAsync(500);
    expect(started).toEqual(['breaks', 'b', 'breaks']);
    stop.abort();
    await ended;
  });

  it('ends all delays when it is stopped, and starts nothing', async () => {
    const { queue, started, end, stop, ended } = heldQueue();
    for (const name of ['a', 'b']) queue.add(name);
    for (const name of ['a', 'b']) await end(name, 60_000);
    expect(vi.getTimerCount()).toBe(2);
    stop.abort();
    await ended;
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started).toEqual(['a', 'b']);
  });

  it('waits for the running pass when it is stopped, and starts no other', async () => {
    const { queue, started, end, stop, ended } = heldQueue();
    queue.add('a');
    queue.add('a');
    let over = false;
    void ended.then(() => {
      over = true;
    });
    stop.abort();
    await vi.advanceTimersByTimeAsync(10);
    expect(over).toBe(false);
    await end('a', 5);
    await ended;
    await vi.advanceTimersByTimeAsync(100);
    expect(started).toEqual(['a']);
  });
});
