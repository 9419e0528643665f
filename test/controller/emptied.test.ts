import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCatalogSource } from '../../src/catalog/source.js';
import { sourceSchema } from '../../src/config/source.js';
import { RollcallError } from '../../src/model/errors.js';
import type { SourceSnapshot } from '../../src/model/snapshot.js';
import { countingReload, memoryJournal } from '../support/board.js';
import { memoryLog } from '../support/log.js';
import { minutes, one, settle, start } from './world.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const web = { '/services/web/1': '192.0.2.1:80' };
const kept = 'the view is empty: outputs kept';

describe('a target whose view a list empties', () => {
  it('keeps its outputs after an empty list, says so once with the place, and lets go after guard.holdFor', async () => {
    const world = start();
    await world.list(web);
    expect(world.board.text).toBe('web');
    await world.list({});
    await minutes(5);
    expect([world.board.text, world.result()]).toEqual(['web', 'kept']);
    await minutes(4.9);
    expect(world.board.text).toBe('web');
    expect(world.warnings(kept)).toHaveLength(1);
    expect(world.warnings(kept)[0]?.fields).toMatchObject({
      reason: 'source services: no key begins with /services/',
      hint: expect.stringContaining('SIGHUP') as string,
    });
    await minutes(0.1);
    expect([world.board.text, world.result()]).toEqual(['', 'changed']);
    expect(world.warnings('`guard.holdFor` is over')).toHaveLength(1);
    expect(world.journal.record.content).toBeNull();
    await minutes(5);
    expect(world.result()).toBe('in-step');
  });

  it('acts at once when the last instance is deleted under the watch, also after a list', async () => {
    const world = start();
    await world.list(web);
    await world.list(web);
    await world.remove('/services/web/1');
    expect([world.board.text, world.result()]).toEqual(['', 'changed']);
    expect(world.warnings(kept)).toEqual([]);
  });

  it('acts at once in a first deployment that is rightly empty', async () => {
    const world = start();
    world.board.text = 'of the package';
    await world.list({});
    expect([world.board.text, world.result()]).toEqual(['', 'changed']);
  });

  it('follows the view again when a registration is there, and says that too', async () => {
    const world = start();
    await world.list(web);
    await world.list({});
    await world.put('/services/web/1', '192.0.2.1:80');
    expect([world.board.text, world.result()]).toEqual(['web', 'in-step']);
    expect(world.log.lines.map(({ message }) => message)).toContain('the outputs are no longer kept: they are in step');
    expect(world.journal.record.content).toEqual({ selection: one, emptySince: null });
    await world.remove('/services/web/1');
    expect(world.board.text).toBe('');
  });

  it('keeps over a restart, and the time goes on', async () => {
    const first = start();
    await first.list(web);
    await first.list({});
    await minutes(6);
    await first.end();
    const second = start({ journal: first.journal });
    second.board.text = first.board.text;
    await second.list({});
    await minutes(3.9);
    expect([second.board.text, second.result()]).toEqual(['web', 'kept']);
    await minutes(0.2);
    expect(second.board.text).toBe('');
  });

  it('keeps for the whole time when the content was back in between, also in an earlier process', async () => {
    const first = start();
    await first.list(web);
    await first.list({});
    await minutes(6);
    await first.list(web);
    await first.list({});
    await minutes(6);
    expect(first.board.text).toBe('web');
    await first.list(web);
    await first.end();
    const second = start({ journal: first.journal });
    second.board.text = 'web';
    await second.list({});
    await minutes(9);
    expect(second.board.text).toBe('web');
  });

  it('begins anew when the clock was set back below the time in the journal', async () => {
    const journal = memoryJournal({
      step: 'reloaded',
      content: { selection: one, emptySince: Date.now() + 86_400_000 },
    });
    const world = start({ journal });
    world.board.text = 'web';
    await world.list({});
    await minutes(9);
    expect(world.board.text).toBe('web');
    await minutes(1.1);
    expect(world.board.text).toBe('');
  });

  it('acts at the confirmation of an operator, but only on what was kept before', async () => {
    const world = start();
    await world.list(web);
    const early = performance.now();
    await vi.advanceTimersByTimeAsync(10);
    await world.list({});
    world.controller.retry(early);
    await settle();
    expect([world.board.text, world.result()]).toEqual(['web', 'kept']);
    await vi.advanceTimersByTimeAsync(10);
    world.controller.retry(performance.now());
    await settle();
    expect([world.board.text, world.result()]).toEqual(['', 'changed']);
    expect(world.warnings('an operator has confirmed it')).toHaveLength(1);
  });

  it('does not take a confirmation for another list than the one that it was given for', async () => {
    const world = start();
    await world.list(web);
    await world.list({});
    await vi.advanceTimersByTimeAsync(10);
    // The request comes together with an edit of the prefix.
    const asked = performance.now();
    await vi.advanceTimersByTimeAsync(10);
    await world.replaceSource('services', '/service/');
    await world.list({});
    world.controller.retry(asked);
    await settle();
    expect([world.board.text, world.result()]).toEqual(['web', 'kept']);
  });

  it('doubts a new list although an earlier one was confirmed, when nothing could be changed in between', async () => {
    const world = start();
    await world.list(web);
    await world.list({});
    world.board.trouble = new Error('disk full');
    world.controller.retry(performance.now());
    await settle();
    expect(world.result()).toBe('failed');
    world.board.trouble = undefined;
    await world.list({});
    await minutes(1);
    expect([world.board.text, world.result()]).toEqual(['web', 'kept']);
    world.controller.retry(performance.now());
    await settle();
    expect(world.board.text).toBe('');
  });

  it('takes the whole time after content that could not be applied', async () => {
    const emptySince = Date.now() - 360_000;
    const world = start({ journal: memoryJournal({ step: 'reloaded', content: { selection: one, emptySince } }) });
    world.board.text = 'earlier';
    world.board.trouble = new RollcallError('CHECK_REFUSED', 'no');
    await world.list(web);
    world.board.trouble = undefined;
    await world.list({});
    await minutes(9);
    expect([world.board.text, world.result()]).toEqual(['earlier', 'kept']);
    await minutes(1.1);
    expect(world.board.text).toBe('');
  });

  it('is not confirmed in advance by a retry while it has content', async () => {
    const world = start();
    await world.list(web);
    world.controller.retry(performance.now());
    await settle();
    await world.list({});
    expect(world.result()).toBe('kept');
  });

  it('keeps for another prefix, with no key and with keys that the target does not select', async () => {
    const world = start({ select: { services: ['web'] } });
    await world.list(web);
    await world.replaceSource('services', '/service/');
    expect([world.board.text, world.result()]).toEqual(['web', 'waiting']);
    await world.list({ '/service/api/1': '192.0.2.9:80' });
    expect([world.board.text, world.result()]).toEqual(['web', 'kept']);
    expect(world.warnings(kept)[0]?.fields).toMatchObject({
      reason: 'source services: the target gets nothing from any key that begins with /service/',
    });
    // An unrelated key that comes and goes is no watched delete of what the target had.
    await world.remove('/service/api/1');
    expect([world.board.text, world.result()]).toEqual(['web', 'kept']);
    expect(world.warnings(kept)).toHaveLength(1);
  });

  it('keeps for keys that none can be read any more, as in another format', async () => {
    const world = start();
    await world.list(web);
    await world.list({ '/services/web/1': '{"not": "plain"}' });
    expect([world.board.text, world.result()]).toEqual(['web', 'kept']);
  });

  it('keeps for a format that is decided under the watch, and acts on a delete while it is undecided', async () => {
    const world = start({ sources: ['auto'] });
    await world.list({ '/auto/web/1': 'web' });
    await world.put('/auto/web/1', '192.0.2.1:80');
    expect(world.board.text).toBe('web');
    await world.put('/auto/web/2', '192.0.2.2:80');
    await world.remove('/auto/web/1');
    await world.remove('/auto/web/2');
    expect(world.board.text).toBe('');
  });

  it.each([
    ['sources', { sources: 'others', select: 'none' }, {}, {}],
    ['select', { sources: 'all', select: 'api' }, { select: { services: ['api'] } }, web],
  ])('acts at once on changed %s', async (_key, selection, more, keys) => {
    const first = start();
    await first.list(web);
    await first.end();
    const second = start({ journal: first.journal, selection, ...more });
    second.board.text = first.board.text;
    await second.list(keys);
    expect([second.board.text, second.result()]).toEqual(['', 'changed']);
  });

  it('keeps when select has changed but there is nothing that it could leave out', async () => {
    const first = start();
    await first.list(web);
    await first.end();
    const selection = { ...one, select: 'api' };
    const second = start({ journal: first.journal, selection, select: { services: ['web'] } });
    second.board.text = first.board.text;
    await second.list({});
    expect([second.board.text, second.result()]).toEqual(['web', 'kept']);
  });

  it('counts an expected service without instances as empty', async () => {
    const world = start({ expect: ['web'] });
    await world.list(web);
    await world.list({});
    expect([world.board.text, world.result()]).toEqual(['web', 'kept']);
  });

  it('does the same for the pairs of a raw source', async () => {
    const world = start({ sources: ['raw'] });
    await world.list({ '/raw/a': 'one' });
    await world.list({});
    expect([world.board.text, world.result()]).toEqual(['one', 'kept']);
    await world.list({ '/raw/a': 'one' });
    await world.remove('/raw/a');
    expect(world.board.text).toBe('');
  });

  it('acts at once while one of several sources still gives something, and after the last delete in it', async () => {
    const world = start({ sources: ['services', 'others'] });
    await world.list(web);
    await world.list({ '/others/api/1': '192.0.2.2:80' }, 'others');
    expect(world.board.text).toBe('api web');
    await world.list({});
    expect([world.board.text, world.result()]).toEqual(['api', 'changed']);
    await world.remove('/others/api/1', 'others');
    expect([world.board.text, world.result()]).toEqual(['', 'changed']);
  });

  it('keeps while a snapshot from disk is empty, however old that is, until etcd has answered', async () => {
    const journal = memoryJournal({
      step: 'reloaded',
      content: { selection: one, emptySince: Date.now() - 86_400_000 },
    });
    const world = start({ journal });
    world.board.text = 'web';
    world.controller.update({ sources: [emptyOnDisk()], stale: true }, 0);
    await minutes(30);
    expect([world.board.text, world.result()]).toEqual(['web', 'kept']);
    await world.list({});
    expect(world.board.text).toBe('');
  });

  it('runs a pending reload while it keeps', async () => {
    const reload = countingReload();
    const world = start({ reload });
    reload.trouble = new Error('exit code 1');
    await world.list(web);
    await world.list({});
    reload.trouble = undefined;
    await minutes(1);
    expect([world.board.text, world.result(), world.journal.record.reloadPending]).toEqual(['web', 'kept', false]);
  });

  it('says once that it lets go, although the change fails for a while', async () => {
    const world = start();
    await world.list(web);
    await world.list({});
    world.board.trouble = new Error('disk full');
    await minutes(20);
    expect(world.result()).toBe('failed');
    expect(world.warnings('`guard.holdFor` is over')).toHaveLength(1);
    world.board.trouble = undefined;
    await minutes(2);
    expect(world.board.text).toBe('');
  });

  it('acts at once with guard.holdFor 0, and never by itself with Infinity', async () => {
    const now = start({ after: 0 });
    await now.list(web);
    await now.list({});
    expect(now.board.text).toBe('');
    const never = start({ after: Infinity });
    await never.list(web);
    await never.list({});
    await minutes(24 * 60);
    expect([never.board.text, never.journal.record.content]).toEqual(['web', { selection: one, emptySince: null }]);
  });

  it('goes on, and says so, when the journal cannot be written after a change', async () => {
    const world = start();
    const { advance } = { advance: world.journal.advance.bind(world.journal) };
    const failing = vi.spyOn(world.journal, 'advance').mockImplementation(async (patch) => {
      if ('content' in patch) throw new Error('disk full');
      await advance(patch);
    });
    await world.list(web);
    expect([world.board.text, world.result()]).toEqual(['web', 'changed']);
    expect(world.warnings('a restart would not know')[0]?.message).toContain('disk full');
    failing.mockRestore();
    await minutes(1);
    expect(world.journal.record.content).toEqual({ selection: one, emptySince: null });
  });

  it('names at most five sources', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `s${String(index)}`);
    const journal = memoryJournal({ step: 'reloaded', content: { selection: one, emptySince: null } });
    const world = start({ sources: names, journal });
    world.board.text = 'web';
    for (const name of names) await world.list({}, name);
    const reason = String(world.warnings(kept)[0]?.fields.reason);
    expect(reason).toContain('source s4: no key begins with /s4/; and 2 more sources');
    expect(reason).not.toContain('s5');
  });

  it('writes the journal only when the view begins or ends to have content', async () => {
    const world = start();
    await world.list(web);
    const advance = vi.spyOn(world.journal, 'advance');
    for (let id = 2; id < 10; id += 1) await world.put(`/services/web/${String(id)}`, '192.0.2.1:80');
    await world.put('/services/api/1', '192.0.2.1:80');
    const contents = advance.mock.calls.filter(([patch]) => 'content' in patch);
    expect([advance.mock.calls.length > 0, contents]).toEqual([true, []]);
  });
});

/** The source as an empty last good snapshot holds it. */
function emptyOnDisk(): SourceSnapshot {
  const source = createCatalogSource(
    sourceSchema.parse({ name: 'services', prefix: '/services/', format: 'plain' }),
    { get: () => undefined },
    memoryLog(),
  );
  const { folding } = source.open([]);
  return folding.apply({ kind: 'sync', revision: '1', clusterId: '7', entries: [] });
}

const ids = ['1', '2'] as const;
const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('put' as const, 'remove' as const), id: fc.constantFrom(...ids) }),
  fc.record({ kind: fc.constantFrom('list' as const, 'restart' as const), ids: fc.subarray([...ids]) }),
);

describe('any course of lists, watched changes and restarts', () => {
  it('empties the outputs only by a watched delete of the last instance that the process has seen', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        let world = start();
        let there = new Set<string>();
        let isFilled = false;
        let hasSeen = false;
        const all = () => Object.fromEntries([...there].map((id) => [`/services/web/${id}`, `192.0.2.${id}:80`]));
        await world.list({});
        for (const each of steps) {
          if ('ids' in each) {
            there = new Set(each.ids);
            if (each.kind === 'restart') {
              const { journal, board } = world;
              await world.end();
              world = start({ journal });
              world.board.text = board.text;
            }
            hasSeen = false;
            await world.list(all());
          } else if (each.kind === 'put') {
            there.add(each.id);
            await world.put(`/services/web/${each.id}`, `192.0.2.${each.id}:80`);
          } else {
            const isLast = there.delete(each.id) && there.size === 0;
            await world.remove(`/services/web/${each.id}`);
            if (isLast && hasSeen) isFilled = false;
          }
          if (there.size > 0) isFilled = hasSeen = true;
          expect(world.board.text).toBe(isFilled ? 'web' : '');
          expect(world.result() === 'kept').toBe(isFilled && there.size === 0);
        }
        await world.end();
      }),
      { numRuns: 60 },
    );
  });
});
