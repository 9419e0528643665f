import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Instance } from '../../src/model/instance.js';
import type { View } from '../../src/model/view.js';
import type { Check } from '../../src/ports/check.js';
import type { Journal } from '../../src/ports/journal.js';
import type { Applied, ApplyContext, Target, TargetReader } from '../../src/ports/target.js';
import { createCheck } from '../../src/reload/check.js';
import type { OnStep } from '../../src/targets/transaction.js';
import { instance } from '../model/instances.js';
import { realClock } from '../support/clock.js';
import { until } from '../support/poll.js';

/** Ports by service: the part of a view that every kind of target shows. */
export type ServiceSet = Readonly<Record<string, readonly number[]>>;

export interface TargetOptions {
  readonly check?: Check;
  readonly onStep?: OnStep;
  /** Contents of all outputs are secret. */
  readonly secret?: boolean;
}

/** The environment of one target, and the actions of the suite on it. */
export interface World {
  /** The journal of the current process. */
  readonly journal: Journal;
  /** The directory in which checks run. */
  readonly dir: string;
  target(options?: TargetOptions): Target;
  /** The reader of a command beside the process. */
  reader(options?: Pick<TargetOptions, 'secret'>): TargetReader;
  /** From now on, the target has another name, and so another journal, with the same config. */
  rename(): Promise<void>;
  /** Simulates a restart: memory is lost, and the next process opens the same state. */
  restart(): Promise<void>;
  /** All outputs as the consumer sees them, foreign outputs too. */
  read(): Promise<ReadonlyMap<string, string>>;
  /** The text without what the kind decides only when it writes, such as a serial. Absent: the text. `read` gives such texts. */
  plain?(text: string): string;
  /** The result of `read` when there are only these services and the foreign output, if it was added. */
  expected(services: ServiceSet): ReadonlyMap<string, string>;
  /** By output: a mark that changes with every write, even of equal content. */
  marks(): Promise<ReadonlyMap<string, string>>;
  /** Temporary files and backups. */
  tempFiles(): Promise<readonly string[]>;
  /** Adds an output that the target did not make. */
  addForeign(): Promise<void>;
  /** Another program edits one output of the target, and removes another. */
  meddle(): Promise<void>;
  /** The action of the operator after the state was lost, if the kind cannot recognize its outputs. */
  removeUnknown?(): Promise<void>;
  /** Makes writes impossible. The returned function makes them possible again. */
  obstruct(): Promise<() => Promise<void>>;
}

const many = (from: number): number[] => Array.from({ length: 130 }, (_, index) => from + index);
/** Large enough that no kind can change one into the other in a single operation. */
const first: ServiceSet = { api: [7000], db: [7100, 7101], web: many(8000) };
const second: ServiceSet = { api: [7000, 7001], mail: [7200], web: many(8100) };

export function viewOf(set: ServiceSet): View {
  const services = Object.entries(set)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, ports]) => ({
      name,
      instances: ports.map((port): Instance =>
        instance({ id: String(port), service: name, port, key: `/services/${name}/${port}` }),
      ),
      expected: false,
    }));
  return { services, kv: { pairs: [], tree: {} }, vars: {}, env: {}, target: { name: 'world' } };
}

export interface Pass {
  readonly changes: number;
  readonly applied?: Applied;
  readonly swapped: number;
}

/** One pass as the controller runs it, without the reload. */
export async function pass(target: Target, view: View, signal = new AbortController().signal): Promise<Pass> {
  const want = target.desired(view);
  const changes = target.diff(want, await target.observe(want, signal));
  if (changes.length === 0) return { changes: 0, swapped: 0 };
  let swapped = 0;
  const context: ApplyContext = {
    digest: target.digest(want),
    revision: 'services=7',
    signal,
    swapped: () => {
      swapped += 1;
    },
  };
  const applied = await target.apply(changes, context);
  return { changes: changes.length, applied, swapped };
}

/** The suite of the target port. Every kind passes it unchanged. */
export function describeTarget(kind: string, makeWorld: () => Promise<World>): void {
  let world: World;

  beforeEach(async () => {
    world = await makeWorld();
  });

  const settle = async (services: ServiceSet): Promise<Target> => {
    const target = world.target();
    await pass(target, viewOf(services));
    await world.journal.advance({ step: 'reloaded', reloadPending: false });
    return target;
  };

  const command = (words: readonly string[], timeout = 10_000): Check =>
    createCheck(
      { command: words, timeout },
      { clock: realClock, environment: process.env, allowed: [], cwd: world.dir, scratch: `${world.dir}/scratch` },
    );

  /** Refuses at the first run, then accepts: new outputs are bad, old ones are good. */
  const refusesOnce = (): Check =>
    command(['sh', '-c', 'mkdir checked 2>/dev/null || exit 0; echo "no good: $ROLLCALL_TARGET" >&2; exit 1']);

  const isWhole = async (sets: readonly ServiceSet[]): Promise<void> => {
    expect(sets.map((services) => world.expected(services))).toContainEqual(await world.read());
  };

  describe(`${kind}: in step`, () => {
    it('creates, updates and deletes, and has a pending reload', async () => {
      const target = world.target();
      expect(await pass(target, viewOf(first))).toMatchObject({ swapped: 1 });
      expect(await world.read()).toEqual(world.expected(first));
      expect(world.journal.record).toMatchObject({ step: 'checked', reloadPending: true, failed: null });
      await world.journal.advance({ step: 'reloaded', reloadPending: false });
      expect(await pass(target, viewOf(second))).toMatchObject({ swapped: 1 });
      expect(await world.read()).toEqual(world.expected(second));
      expect(world.journal.record).toMatchObject({ step: 'checked', revision: 'services=7', reloadPending: true });
      expect(await world.tempFiles()).toEqual([]);
    });

    it('writes nothing when nothing differs', async () => {
      const target = await settle(first);
      const [marks, record] = [await world.marks(), world.journal.record];
      expect(await pass(target, viewOf(first))).toEqual({ changes: 0, swapped: 0 });
      expect(await world.marks()).toEqual(marks);
      expect(world.journal.record).toBe(record);
    });

    it('leaves outputs that did not change as they are', async () => {
      const target = await settle(first);
      const before = await world.marks();
      const more = { ...first, mail: [7200] };
      await pass(target, viewOf(more));
      const after = await world.marks();
      const untouched = [...before].filter(([name, mark]) => after.get(name) === mark);
      expect(untouched.length).toBeGreaterThan(0);
      expect([...after.keys()].sort()).toEqual([...world.expected(more).keys()].sort());
      const [old, fresh] = [world.expected(first), world.expected(more)];
      for (const [name] of before)
        if (old.get(name) === fresh.get(name)) expect(untouched.map(([each]) => each)).toContain(name);
    });

    it('has equal digests for equal desired outputs, and different digests for different ones', () => {
      const target = world.target();
      const digest = target.digest(target.desired(viewOf(first)));
      expect(digest).toMatch(/^[0-9a-f]{64}$/);
      expect(world.target().digest(target.desired(viewOf({ ...first })))).toBe(digest);
      expect(target.digest(target.desired(viewOf(second)))).not.toBe(digest);
    });

    it('removes its outputs when none is desired any more, also after a restart', async () => {
      await settle(first);
      await world.restart();
      await pass(world.target(), viewOf({}));
      expect(await world.read()).toEqual(world.expected({}));
    });

    it('never changes foreign outputs beside its own', async () => {
      await world.addForeign();
      const before = await world.marks();
      await settle(first);
      await pass(world.target(), viewOf(second));
      await pass(world.target(), viewOf({}));
      expect(await world.read()).toEqual(world.expected({}));
      for (const [name, mark] of before) expect((await world.marks()).get(name)).toBe(mark);
    });

    it('repairs outputs that another program edited or removed', async () => {
      const target = await settle(first);
      await world.meddle();
      // A quick look does not overlook it, either.
      expect(target.isUntouched?.(target.desired(viewOf(first))) ?? false).toBe(false);
      expect(await world.read()).not.toEqual(world.expected(first));
      expect((await pass(target, viewOf(first))).changes).toBe(2);
      expect(await world.read()).toEqual(world.expected(first));
      expect(world.journal.record.reloadPending).toBe(true);
    });
  });

  describe(`${kind}: a preview`, () => {
    const plain = (text: string | undefined): string | undefined =>
      text === undefined ? undefined : (world.plain?.(text) ?? text);
    const previewOf = (target: Target, services: ServiceSet) =>
      target.preview(target.desired(viewOf(services)), new AbortController().signal);
    it('is empty when the target is in step', async () => {
      expect(await previewOf(await settle(first), first)).toEqual({ differences: [], conflicts: [] });
    });

    it('lists every desired output when none exists yet', async () => {
      const target = world.target();
      const { differences } = await previewOf(target, first);
      const wanted = target.outputs(target.desired(viewOf(first)));
      expect(wanted).toHaveLength(world.expected(first).size);
      expect(differences.map(({ action, output, before, after }) => [action, output, before, plain(after)])).toEqual(
        wanted.map(({ output, text }) => ['create', output, undefined, plain(text)]),
      );
    });

    it('lists the changes of the next pass, with old and new contents, and changes nothing', async () => {
      await world.addForeign();
      const target = await settle(first);
      await world.meddle();
      const [marks, record] = [await world.marks(), world.journal.record];
      const there = await previewOf(target, {});
      const preview = await previewOf(target, second);
      expect(await world.marks()).toEqual(marks);
      expect(world.journal.record).toBe(record);

      expect((await pass(target, viewOf(second))).changes).toBe(preview.differences.length);
      const old = new Map(there.differences.map(({ output, before }) => [output, before]));
      const fresh = new Map(target.outputs(target.desired(viewOf(second))).map(({ output, text }) => [output, text]));
      for (const { action, output, before, after } of preview.differences) {
        expect([before, plain(after)]).toEqual([old.get(output), plain(fresh.get(output))]);
        expect(action).toBe(before === undefined ? 'create' : after === undefined ? 'delete' : 'update');
      }
      expect(await previewOf(target, second)).toEqual({ differences: [], conflicts: [] });
      expect(await world.read()).toEqual(world.expected(second));
    });
  });

  describe(`${kind}: a reader`, () => {
    const signal = new AbortController().signal;

    it('finds the same as the target, from the journal alone, and cannot write', async () => {
      const target = await settle(first);
      await world.meddle();
      await world.restart();
      const reader = world.reader();
      const desired = reader.desired(viewOf(second));
      const [marks, record] = [await world.marks(), world.journal.record];
      expect(await reader.preview(desired, signal)).toEqual(
        await world.target().preview(target.desired(viewOf(second)), signal),
      );
      expect(reader.outputs(desired)).toEqual(target.outputs(target.desired(viewOf(second))));
      expect(await world.marks()).toEqual(marks);
      expect(world.journal.record).toBe(record);
      expect(Object.keys(reader).sort()).toEqual(['desired', 'digest', 'outputs', 'preview']);
    });

    it('shows only names and sizes of secret outputs, and marks each text as secret', async () => {
      await settle(first);
      for (const reader of [world.reader({ secret: true }), world.target({ secret: true })]) {
        for (const services of [second, {}]) {
          const desired = reader.desired(viewOf(services));
          const { differences } = await reader.preview(desired, signal);
          const open = await world.reader().preview(desired, signal);
          expect(differences.length).toBeGreaterThan(0);
          expect(differences.map(({ action, output }) => [action, output])).toEqual(
            open.differences.map(({ action, output }) => [action, output]),
          );
          for (const { form, before, after, notes } of differences) {
            expect([form, before, after]).toEqual(['secret', undefined, undefined]);
            expect(notes.at(-1)).toMatch(/^secret, \d+( -> \d+)? bytes$/);
          }
          expect(JSON.stringify(differences)).not.toMatch(/10\.0\.0\.1/);
          expect(reader.outputs(desired).every(({ secret }) => secret)).toBe(true);
        }
      }
    });
  });

  describe(`${kind}: taking over`, () => {
    const signal = new AbortController().signal;

    it('a renamed target owns what the old one made, over a restart, and removes what is no longer desired', async () => {
      await settle(first);
      const { owned } = world.journal.record;
      expect(owned.length).toBeGreaterThan(0);
      await world.rename();
      const renamed = world.target();
      await renamed.recover(signal);
      expect(world.journal.record.owned).toEqual([]);
      expect([...(await renamed.adopt(owned))].sort()).toEqual([...owned]);
      await world.restart();
      expect(world.journal.record.owned).toEqual(owned);
      expect((await pass(world.target(), viewOf(first))).changes).toBe(0);
      await pass(world.target(), viewOf({}));
      expect(await world.read()).toEqual(world.expected({}));
      expect(await world.tempFiles()).toEqual([]);
    });

    it('a target that was renamed during a change of its outputs leaves none behind', async () => {
      await settle(first);
      const { owned } = world.journal.record;
      await world.rename();
      await world.target().adopt(owned);
      await pass(world.target(), viewOf(second));
      expect(await world.read()).toEqual(world.expected(second));
    });

    it('outputs that the config cannot produce are not taken over', async () => {
      const target = await settle(first);
      const { record } = world.journal;
      const foreign = ['/nonexistent/file', 'skydns:/skydns/com/other/', 'memory:other', `${kind}:other`];
      expect(await target.adopt(foreign)).toEqual([]);
      expect(world.journal.record).toBe(record);
    });
  });

  describe(`${kind}: a check in place`, () => {
    it('that accepts completes the change', async () => {
      await settle(first);
      await pass(world.target({ check: command(['true']) }), viewOf(second));
      expect(await world.read()).toEqual(world.expected(second));
      expect(world.journal.record).toMatchObject({ step: 'checked', failed: null });
      expect(await world.tempFiles()).toEqual([]);
    });

    it('that refuses restores the old outputs, and the journal remembers the digest', async () => {
      await settle(first);
      const target = world.target({ check: refusesOnce() });
      await expect(pass(target, viewOf(second))).rejects.toMatchObject({ code: 'CHECK_REFUSED', retry: true });
      expect(await world.read()).toEqual(world.expected(first));
      expect(await world.tempFiles()).toEqual([]);
      const digest = target.digest(target.desired(viewOf(second)));
      expect(world.journal.record).toMatchObject({ step: 'failed', undo: null, reloadPending: true });
      expect(world.journal.record.failed).toMatchObject({
        digest,
        reason: expect.stringContaining('no good: world') as string,
      });
      await world.restart();
      expect(world.journal.record.failed?.digest).toBe(digest);
    });

    it('that accepts later outputs removes the refused digest from the journal', async () => {
      await settle(first);
      const check = refusesOnce();
      await expect(pass(world.target({ check }), viewOf(second))).rejects.toThrow('no good');
      await pass(world.target({ check }), viewOf({ api: [7000] }));
      expect(world.journal.record).toMatchObject({ step: 'checked', failed: null });
    });

    it.each(['secret when it refuses', 'secret since'])(
      'that refuses leaves no words of its own about %s',
      async (when) => {
        const secret = when === 'secret when it refuses';
        const target = world.target({ check: refusesOnce(), secret });
        await expect(pass(target, viewOf(first))).rejects.toMatchObject({
          code: 'CHECK_REFUSED',
          message: expect.stringContaining('no good') as string,
        });
        const { failed } = world.journal.record;
        expect(failed?.reason.includes('no good')).toBe(!secret);
        await world.target({ secret: true }).recover(new AbortController().signal);
        expect(world.journal.record.failed).toEqual({
          digest: failed?.digest,
          reason: expect.stringContaining('its words are not kept, because the target is secret') as string,
        });
      },
    );

    it('that refuses the old outputs too does not count against the new ones', async () => {
      await settle(first);
      const check = command(['sh', '-c', 'echo broken all along; exit 3']);
      await expect(pass(world.target({ check }), viewOf(second))).rejects.toMatchObject({
        code: 'CHECK_BROKEN_BEFORE',
        retry: true,
        message: expect.stringContaining('broken all along') as string,
      });
      expect(await world.read()).toEqual(world.expected(first));
      expect(world.journal.record).toMatchObject({ step: 'failed', undo: null, failed: null, reloadPending: true });
    });

    const silent: [string, readonly string[], number][] = [
      ['hangs', ['sleep', '60'], 150],
      ['is killed', ['sh', '-c', 'kill -9 $$'], 10_000],
      ['is absent', ['/nonexistent/check'], 10_000],
    ];
    it.each(silent)('that %s restores the old outputs and refuses none', async (_what, words, timeout) => {
      await settle(first);
      const check = command(words, timeout);
      await expect(pass(world.target({ check }), viewOf(second))).rejects.toMatchObject({
        code: 'CHECK_UNANSWERED',
        retry: true,
      });
      expect(await world.read()).toEqual(world.expected(first));
      expect(await world.tempFiles()).toEqual([]);
      expect(world.journal.record).toMatchObject({ step: 'failed', undo: null, failed: null, reloadPending: true });
      await pass(world.target(), viewOf(second));
      expect(await world.read()).toEqual(world.expected(second));
    });
  });

  describe(`${kind}: obstacles`, () => {
    it('leaves everything as it was when writes fail, and succeeds when they work again', async () => {
      await settle(first);
      const { step, reloadPending } = world.journal.record;
      const mend = await world.obstruct();
      try {
        await expect(pass(world.target(), viewOf(second))).rejects.toMatchObject({ retry: true });
      } finally {
        await mend();
      }
      expect(await world.read()).toEqual(world.expected(first));
      expect(world.journal.record).toMatchObject({ step, reloadPending, failed: null });
      await pass(world.target(), viewOf(second));
      expect(await world.read()).toEqual(world.expected(second));
      expect(await world.tempFiles()).toEqual([]);
    });

    it('is complete again after neither the change nor its undo could be finished', async () => {
      await settle(first);
      let mend: (() => Promise<void>) | undefined;
      const onStep: OnStep = async (step) => {
        if (step === 'swap:0') mend = await world.obstruct();
      };
      const target = world.target({ onStep });
      try {
        await expect(pass(target, viewOf(second))).rejects.toMatchObject({ retry: true });
      } finally {
        await mend?.();
      }
      expect(mend).toBeDefined();
      await pass(world.target(), viewOf(second));
      expect(await world.read()).toEqual(world.expected(second));
      expect(await world.tempFiles()).toEqual([]);
      expect(world.journal.record.reloadPending).toBe(true);
    });

    it('does nothing for a signal that has aborted already', async () => {
      await settle(first);
      const target = world.target();
      const want = target.desired(viewOf(second));
      const changes = target.diff(want, await target.observe(want, new AbortController().signal));
      const { record } = world.journal;
      const context = {
        digest: 'd',
        revision: 'r',
        signal: AbortSignal.abort(new Error('enough')),
        swapped: () => undefined,
      };
      await expect(target.apply(changes, context)).rejects.toThrow('enough');
      expect(await world.read()).toEqual(world.expected(first));
      expect(world.journal.record).toBe(record);
    });

    it.each(['stage', 'staged', 'swap:0', 'swapped'])('is whole when the signal aborts at %s', async (at) => {
      await settle(first);
      const stop = new AbortController();
      const onStep: OnStep = (step) => {
        if (step === at) stop.abort(new Error('enough'));
      };
      const ended = pass(world.target({ onStep }), viewOf(second), stop.signal);
      if (at === 'stage') await expect(ended).rejects.toThrow('enough');
      else await ended;
      expect(await world.read()).toEqual(world.expected(at === 'stage' ? first : second));
      expect(await world.tempFiles()).toEqual([]);
    });
  });

  describe(`${kind}: a crash`, () => {
    type Victim = (step: string, index: number) => boolean;

    /** Runs a process up to the step at which it dies, or through all steps. */
    async function runUntil(isVictim: Victim, check: Check | undefined, services: ServiceSet): Promise<string[]> {
      const steps: string[] = [];
      let die: (() => void) | undefined;
      const death = new Promise<void>((resolve) => (die = resolve));
      let dead = false;
      const onStep: OnStep = (step) => {
        if (!dead) steps.push(step);
        dead ||= isVictim(step, steps.length - 1);
        if (!dead) return;
        die?.();
        // A killed process does nothing more: it does not even throw.
        return new Promise(() => undefined);
      };
      const target = world.target({ ...(check && { check }), onStep });
      const end = pass(target, viewOf(services)).catch((error: unknown) => {
        if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('CHECK_')) throw error;
      });
      await Promise.race([end, death]);
      return steps;
    }

    const at =
      (name: string): Victim =>
      (step) =>
        step === name;
    const nowhere: Victim = () => false;

    const variants: [string, () => Check | undefined][] = [
      ['without a check', () => undefined],
      ['with a check that accepts', () => command(['true'])],
      ['with a check that refuses', () => refusesOnce()],
    ];
    it.each(variants)(
      '%s is survived at every step: old or new, never a mix; then the newest, and a reload is pending',
      async (_name, makeCheck) => {
        const start = async (): Promise<void> => {
          world = await makeWorld();
          await settle(first);
        };
        await start();
        const steps = [...new Set(await runUntil(nowhere, makeCheck(), second))];
        expect(steps).toEqual(expect.arrayContaining(['stage', 'staged', 'swap:0', 'swap:1', 'swapped']));
        for (const step of steps) {
          await start();
          await runUntil(at(step), makeCheck(), second);
          const isHalfDone = ['staged', 'swapped'].includes(world.journal.record.step);
          await world.restart();
          await rm(join(world.dir, 'checked'), { recursive: true, force: true });
          const next = world.target(makeCheck() && { check: command(['true']) });
          const { outcome } = await next.recover(new AbortController().signal);
          await isWhole([first, second]);
          expect(await world.tempFiles(), step).toEqual([]);
          expect(outcome === 'nothing', step).toBe(!isHalfDone);
          // Outputs that no check has accepted are undone after the crash.
          if (isHalfDone && makeCheck()) expect(await world.read(), step).toEqual(world.expected(first));
          if (steps.indexOf(step) >= steps.indexOf('swap:0'))
            expect(world.journal.record.reloadPending, step).toBe(true);
          await pass(next, viewOf(second));
          expect(await world.read(), step).toEqual(world.expected(second));
          expect(await world.tempFiles(), step).toEqual([]);
          expect(world.journal.record.reloadPending, step).toBe(true);
          expect((await pass(next, viewOf(second))).changes, step).toBe(0);
        }
      },
    );

    it('is survived when the desired outputs have changed meanwhile', async () => {
      for (const step of ['stage', 'staged', 'swap:0', 'swapped', 'checked']) {
        world = await makeWorld();
        await settle(first);
        await runUntil(at(step), undefined, second);
        await world.restart();
        const next = world.target();
        await next.recover(new AbortController().signal);
        await pass(next, viewOf({ lone: [7300] }));
        expect(await world.read(), step).toEqual(world.expected({ lone: [7300] }));
        expect(await world.tempFiles(), step).toEqual([]);
      }
    });

    it('before the very first change leaves nothing behind', async () => {
      for (const step of ['stage', 'staged', 'swap:0']) {
        world = await makeWorld();
        await runUntil(at(step), undefined, first);
        await world.restart();
        const next = world.target();
        await next.recover(new AbortController().signal);
        expect(await world.read(), step).toEqual(new Map());
        expect(await world.tempFiles(), step).toEqual([]);
        expect(world.journal.record.reloadPending).toBe(true);
      }
    });

    it('during recovery is survived as well', async () => {
      await settle(first);
      await runUntil(at('swap:0'), undefined, second);
      for (const victim of [/^revert:/, /^reverted$/]) {
        await world.restart();
        let reached = false;
        const onStep: OnStep = (step) => {
          if (!victim.test(step)) return;
          reached = true;
          return new Promise(() => undefined);
        };
        void world.target({ onStep }).recover(new AbortController().signal);
        await until(() => reached, { what: String(victim) });
      }
      await world.restart();
      await world.target().recover(new AbortController().signal);
      expect(await world.read()).toEqual(world.expected(first));
      expect(await world.tempFiles()).toEqual([]);
    });

    it('with a loss of the state is survived, and one reload is pending', async () => {
      await settle(first);
      await runUntil(at('swap:1'), undefined, second);
      await world.restart();
      await world.journal.advance({ step: 'none', undo: null, owned: [], reloadPending: true });
      const next = world.target();
      expect(await next.recover(new AbortController().signal)).toMatchObject({ outcome: 'nothing' });
      await pass(next, viewOf(second));
      await world.removeUnknown?.();
      await pass(next, viewOf(second));
      for (const [name, content] of world.expected(second)) expect((await world.read()).get(name)).toBe(content);
    });

    it('in any sequence of changes is survived: the outputs become the last desired ones, and no temporary file is left', async () => {
      const ports = fc.uniqueArray(fc.integer({ min: 7000, max: 7005 }), { maxLength: 3 });
      const services = fc.dictionary(fc.constantFrom('api', 'db', 'web'), ports, { noNullPrototype: true });
      const life = fc.record({
        services,
        diesAt: fc.option(fc.nat({ max: 14 })),
        verdict: fc.constantFrom('no', 'yes', 'never'),
        acknowledged: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 5 }), async (lives) => {
          world = await makeWorld();
          let known: ReadonlyMap<string, string> = new Map([['nothing', 'yet']]);
          for (const { services, diesAt, verdict, acknowledged } of lives) {
            const check = { no: undefined, yes: accepts, never: refuses }[verdict];
            await runUntil((_step, index) => index === diesAt, check, services);
            await world.restart();
            await world.target().recover(new AbortController().signal);
            expect(await world.tempFiles()).toEqual([]);
            if (!acknowledged) continue;
            known = await world.read();
            await world.journal.advance({ step: 'reloaded', reloadPending: false });
          }
          const last = lives.at(-1)?.services ?? {};
          await pass(world.target(), viewOf(last));
          expect(await world.read()).toEqual(world.expected(last));
          expect(await world.tempFiles()).toEqual([]);
          // Either the consumer has the current outputs, or a reload is pending.
          if (!world.journal.record.reloadPending) expect(await world.read()).toEqual(known);
        }),
        { numRuns: 40 },
      );
    });
  });
}

/** Checks without a process, for tests that need hundreds of verdicts. */
const accepts: Check = { staged: false, run: () => Promise.resolve({ kind: 'accepted' }) };
const refuses: Check = { staged: false, run: () => Promise.resolve({ kind: 'refused', reason: 'no', output: '' }) };
