import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createController } from '../../src/controller/controller.js';
import type { ManagedTarget } from '../../src/controller/managed-target.js';
import type { Service } from '../../src/model/instance.js';
import { RollcallError } from '../../src/model/errors.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import type { View } from '../../src/model/view.js';
import type { TargetRecord, WithheldServices } from '../../src/ports/journal.js';
import type { Target } from '../../src/ports/target.js';
import { countingReload, createBoard, listed, memoryJournal } from '../support/board.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';
import { viewOf } from '../contract/target.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const textOf = ({ services }: View): string =>
  services.map(({ name, instances }) => `${name}:${instances.map(({ port }) => port).join('+')}`).join(' ');

/** A target whose check refuses some texts of services, such as `web:81`, and can judge unseen outputs. */
function begin(
  first: Partial<TargetRecord> = {},
  { canJudge = true, judgeTakes = 0, withheld = memoryWithheld(), text = '' } = {},
) {
  const journal = memoryJournal(first);
  const refused = new Set<string>();
  const known = new Map<string, Service>();
  let runs = 0;
  let view = viewOf({});
  const verdict = (text: string) => {
    runs += 1;
    const bad = text.split(' ').find((each) => refused.has(each));
    return bad === undefined ? undefined : `no such thing as ${bad}`;
  };
  const board = createBoard(journal);
  board.text = text;
  const target: Target = {
    ...board,
    desired: (from) => ({ text: textOf(from), quarantined: [] }),
    observe: () => Promise.resolve(board.text),
    async apply(changes, context) {
      const refusal = verdict(changes[0]?.output ?? '');
      if (refusal !== undefined) {
        await journal.advance({ failed: { digest: context.digest, reason: refusal } });
        throw new RollcallError('CHECK_REFUSED', refusal);
      }
      return board.apply(changes, context);
    },
    ...(canJudge && {
      async judge([change], { signal }) {
        if (judgeTakes > 0) await realClock.sleep(judgeTakes, signal);
        signal.throwIfAborted();
        const reason = verdict(change?.output ?? '');
        return reason === undefined ? { kind: 'accepted' } : { kind: 'refused', reason, output: '' };
      },
    }),
  };
  const reload = countingReload();
  const managed: ManagedTarget = {
    ...{ name: 'nginx', sources: ['services'], target, journal, reload, minInterval: 0, withheld },
    view: () => view,
  };
  const log = memoryLog();
  const controller = createController([managed], {
    ...{ clock: realClock, random: () => 0, log, resyncInterval: 60_000 },
    pause: () => Promise.resolve(),
  });
  const stop = new AbortController();
  void controller.run(stop.signal);
  let revision = 0;
  /** Services that do not change stay the same objects. */
  async function offer(set: Readonly<Record<string, readonly number[]>>): Promise<void> {
    const services = viewOf(set).services.map((service) => {
      const before = known.get(service.name);
      const same = JSON.stringify(before) === JSON.stringify(service);
      if (!same) known.set(service.name, service);
      return same && before ? before : service;
    });
    view = { ...view, services };
    revision += 1;
    const snapshot: Snapshot = { sources: [listed('services', String(revision))], stale: false };
    controller.update(snapshot, performance.now(), 'services');
    await settle();
  }
  return { board, refused, reload, log, controller, journal, offer, runs: () => runs, stop };
}

/** The withheld services of a state directory. */
function memoryWithheld(): WithheldServices {
  let current: WithheldServices['services'] = new Map();
  return {
    get services() {
      return current;
    },
    save(services) {
      current = services;
      return Promise.resolve();
    },
  };
}

const kept = { a: [1], b: [1], c: [1], d: [1] };

describe('a service that the consumer’s check refuses', () => {
  it('keeps its last accepted instances, while all others change', async () => {
    const { board, refused, offer, controller, reload, log } = begin();
    await offer({ ...kept, web: [80] });
    refused.add('web:81');
    await offer({ ...kept, a: [2], web: [81], z: [5] });
    expect(board.text).toBe('a:2 b:1 c:1 d:1 web:80 z:5');
    expect(controller.outcomes.get('nginx')).toMatchObject({
      result: 'reloaded',
      quarantined: [
        {
          service: 'web',
          reason: expect.stringMatching(/its last accepted instances stay: no such thing as web:81/) as string,
        },
      ],
    });
    expect(reload.runs).toBe(2);
    expect(log.lines.filter(({ level }) => level === 'warn' || level === 'error')).toHaveLength(1);
  });

  it('is tried again soon, also when its time comes during a pass over other changes', async () => {
    const { board, refused, offer } = begin();
    await offer(kept);
    refused.add('web:81');
    await offer({ ...kept, web: [81] });
    refused.clear();
    let open: () => void = () => undefined;
    board.gate = new Promise((resolve) => (open = resolve));
    await offer({ ...kept, a: [2], web: [81] });
    await vi.advanceTimersByTimeAsync(1000);
    expect(board.text).toBe(textOf(viewOf(kept)));
    board.gate = undefined;
    open();
    await vi.advanceTimersByTimeAsync(10);
    expect(board.text).toBe('a:2 b:1 c:1 d:1 web:81');
  });

  it('is kept out when it was never accepted, and comes in by itself when the check accepts it', async () => {
    const { board, refused, offer, controller, log } = begin();
    await offer(kept);
    refused.add('web:81');
    await offer({ ...kept, web: [81] });
    expect(board.text).toBe(textOf(viewOf(kept)));
    refused.clear();
    await vi.advanceTimersByTimeAsync(1000);
    expect(board.text).toBe('a:1 b:1 c:1 d:1 web:81');
    expect(controller.outcomes.get('nginx')?.quarantined).toEqual([]);
    expect(log.lines.map(({ message }) => message)).toContain('out of quarantine');
  });

  it('is tried again at least once a minute, and at once when it changes; until then it costs other changes no run', async () => {
    const { board, refused, offer, runs } = begin();
    await offer(kept);
    refused.add('web:81').add('web:82');
    await offer({ ...kept, web: [81] });
    let before = runs();
    await offer({ ...kept, a: [2], web: [81] });
    expect([board.text, runs() - before]).toEqual(['a:2 b:1 c:1 d:1', 1]);
    before = runs();
    await vi.advanceTimersByTimeAsync(600_000);
    // At most 13 runs for one attempt, about one attempt a minute after the first few.
    expect(runs() - before).toBeGreaterThan(10);
    expect(runs() - before).toBeLessThan(200);
    before = runs();
    await offer({ ...kept, a: [2], web: [82] });
    expect(runs() - before).toBe(1);
    await offer({ ...kept, a: [2], web: [83] });
    expect(board.text).toBe('a:2 b:1 c:1 d:1 web:83');
  });

  it('stays until the check accepts that it goes', async () => {
    const { board, refused, offer } = begin();
    await offer({ ...kept, web: [80] });
    // The check refuses a set without web.
    refused.add('a:9');
    await offer({ ...kept, a: [9] });
    expect(board.text).toBe('a:1 b:1 c:1 d:1');
    await offer(kept);
    expect(board.text).toBe('a:1 b:1 c:1 d:1');
  });

  it('takes the whole change with it when it is one of more than half', async () => {
    const { board, refused, offer, controller } = begin();
    await offer({ a: [1], b: [1], c: [1] });
    refused.add('a:2').add('b:2');
    await offer({ a: [2], b: [2], c: [2] });
    expect(board.text).toBe('a:1 b:1 c:1');
    expect(controller.outcomes.get('nginx')?.result).toBe('refused');
    refused.clear();
    await vi.advanceTimersByTimeAsync(1000);
    expect(board.text).toBe('a:2 b:2 c:2');
  });

  it('counts once: several that were withheld one after the other stay so together, and others change', async () => {
    const { board, refused, offer, controller } = begin();
    const bad = { x: [9], y: [9], z: [9] };
    refused.add('x:9').add('y:9').add('z:9');
    await offer({ a: [1], b: [1] });
    await offer({ a: [1], b: [1], x: [9] });
    await offer({ a: [1], b: [1], x: [9], y: [9] });
    await offer({ a: [1], b: [1], ...bad });
    await vi.advanceTimersByTimeAsync(300_000);
    expect(controller.outcomes.get('nginx')).toMatchObject({ quarantined: [{}, {}, {}] });
    expect(controller.outcomes.get('nginx')?.result).not.toBe('refused');
    controller.retry(performance.now());
    await settle();
    await offer({ a: [2], b: [1], ...bad });
    expect(board.text).toBe('a:2 b:1');
    // The opposite: more than half, all at once.
    refused.add('a:3').add('b:3').add('y:8');
    await offer({ a: [3], b: [3], ...bad, y: [8] });
    expect(board.text).toBe('a:2 b:1');
  });

  it('is searched for a limited time only; the search goes on at the next try', async () => {
    const { board, refused, offer, log, runs } = begin({}, { judgeTakes: 8000 });
    const good = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`s${index}`, [1]]));
    await offer(good);
    const bad = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`bad${index}`, [9]]));
    for (const name of Object.keys(bad)) refused.add(`${name}:9`);
    const changed = Object.fromEntries(Object.keys(good).map((name) => [name, [2]]));
    const before = runs();
    await offer({ ...changed, ...bad });
    await vi.advanceTimersByTimeAsync(29_000);
    expect(runs() - before).toBe(4);
    await vi.advanceTimersByTimeAsync(1000);
    expect(log.lines.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /^the search .* was not complete after 30 s and 4 runs of the check: it goes on at the next try/,
      ),
    );
    await vi.advanceTimersByTimeAsync(600_000);
    expect(board.text).toBe(textOf(viewOf(changed)));
  });

  it('stays withheld over a restart, with its last accepted instances, while others change', async () => {
    const withheld = memoryWithheld();
    const first = begin({}, { withheld });
    await first.offer({ ...kept, web: [80] });
    first.refused.add('web:81').add('new:9');
    await first.offer({ ...kept, web: [81], new: [9] });
    first.stop.abort();
    expect([...withheld.services].map(([name, service]) => [name, service?.instances[0]?.port])).toEqual([
      ['new', undefined],
      ['web', 80],
    ]);
    const { text } = first.board;
    const next = begin({ ...first.journal.record, owned: ['/etc/nginx/a.conf'] }, { withheld, text });
    next.refused.add('web:81').add('new:9');
    await next.offer({ ...kept, a: [2], web: [81], new: [9] });
    expect(next.board.text).toBe('a:2 b:1 c:1 d:1 web:80');
    next.refused.clear();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(next.board.text).toBe('a:2 b:1 c:1 d:1 new:9 web:81');
    expect(withheld.services.size).toBe(0);
  });

  it('is found at a first deployment, when nothing was accepted before', async () => {
    const { board, refused, offer } = begin();
    refused.add('web:81');
    await offer({ ...kept, web: [81] });
    expect(board.text).toBe(textOf(viewOf(kept)));
  });

  it('is not searched when it is unknown what the present outputs were made from', async () => {
    const { board, refused, offer, controller } = begin({
      owned: ['/etc/nginx/a.conf'],
      step: 'reloaded',
      reloadPending: false,
    });
    refused.add('web:81');
    await offer({ ...kept, web: [81] });
    expect([board.text, controller.outcomes.get('nginx')?.result]).toEqual(['', 'refused']);
  });

  it('is not searched with a check that can judge only what readers see', async () => {
    const { board, refused, offer, controller, runs } = begin({}, { canJudge: false });
    await offer(kept);
    refused.add('web:81');
    const before = runs();
    await offer({ ...kept, web: [81] });
    expect([board.text, controller.outcomes.get('nginx')?.result, runs() - before]).toEqual([
      textOf(viewOf(kept)),
      'refused',
      1,
    ]);
  });

  it('is tried at once when an operator asks for it', async () => {
    const { board, refused, offer, controller } = begin();
    await offer(kept);
    refused.add('web:81');
    await offer({ ...kept, web: [81] });
    await vi.advanceTimersByTimeAsync(300_000);
    refused.clear();
    controller.retry(performance.now());
    await settle();
    expect(board.text).toBe('a:1 b:1 c:1 d:1 web:81');
  });

  it('does not use up the runs of others when many services change to something bad again and again', async () => {
    const { board, refused, offer, controller } = begin();
    const good = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`s${index}`, [1]]));
    const evil = (port: number) =>
      Object.fromEntries(Array.from({ length: 14 }, (_, index) => [`evil${index}`, [port]]));
    for (let port = 100; port < 140; port += 1)
      for (const name of Object.keys(evil(port))) refused.add(`${name}:${port}`);
    await offer(good);
    // The first attack makes them known, as far as the runs reach.
    for (let port = 100; port < 130; port += 1) {
      await offer({ ...good, ...evil(port) });
      await vi.advanceTimersByTimeAsync(100);
    }
    await offer({ ...good, ...evil(130), zz: [7] });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(board.text).toContain('zz:7');
    expect(controller.outcomes.get('nginx')?.quarantined.map(({ service }) => service)).not.toContain('zz');
  });
});
