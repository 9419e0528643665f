import fc from 'fast-check';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ManagedTarget } from '../../src/controller/managed-target.js';
import { reconcile } from '../../src/controller/reconcile.js';
import { initialState, stateAfterEdit } from '../../src/controller/target-state.js';
import type { View } from '../../src/model/view.js';
import type { Check } from '../../src/ports/check.js';
import type { Reload } from '../../src/ports/reload.js';
import { listed } from '../support/board.js';
import { realClock } from '../support/clock.js';
import { memoryDir } from '../support/temp.js';
import { configs, createViews, viewEdit, type ViewEdit } from '../targets/files/specs.js';
import { openFilesWorld } from '../targets/files/world.js';

/** A consumer that refuses some outputs and sometimes does not reload. */
interface Consumer {
  refuses: string;
  isDown: boolean;
}

type Step =
  | { readonly edits: readonly ViewEdit[] }
  | { readonly refuses: string }
  | { readonly isDown: boolean }
  | { readonly process: 'edited' | 'restarted' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.array(viewEdit, { maxLength: 3 }).map((edits) => ({ edits })) },
  { weight: 2, arbitrary: fc.constantFrom('', ' 5', 'b ').map((refuses) => ({ refuses })) },
  { weight: 1, arbitrary: fc.boolean().map((isDown) => ({ isDown })) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ process: 'edited' }, { process: 'restarted' }) },
);

async function contentsOf(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), 'utf8')] as const)),
  );
}

/** One target with its own directory. `isWhole`: it makes and observes everything in every pass. */
async function createSide(dir: string, config: string, consumer: Consumer, isWhole: boolean) {
  const out = join(dir, 'out');
  await mkdir(out, { recursive: true });
  const world = await openFilesWorld(join(dir, 'state'));
  let reloads = 0;
  const check: Check = {
    staged: false,
    async run() {
      const { refuses } = consumer;
      const all = Object.values(await contentsOf(out));
      const isBad = refuses !== '' && all.some((text) => text.includes(refuses));
      return isBad ? { kind: 'refused', reason: 'bad', output: 'bad' } : { kind: 'accepted' };
    },
  };
  const reload: Reload = {
    describe: 'a reload',
    run() {
      reloads += 1;
      return consumer.isDown ? Promise.reject(new Error('down')) : Promise.resolve();
    },
  };
  let view = createViews()([]);
  const createTarget = (): ManagedTarget => ({
    ...{ name: 't', sources: ['services'], journal: world.journal, reload, minInterval: 0 },
    target: world.target((configs[config] ?? (() => []))(out), { check }),
    view: () => view,
  });
  let managed = createTarget();
  let state = initialState(world.journal.record, realClock);
  let revision = 0;
  return {
    close: () => world.close(),
    replace(kind: 'edited' | 'restarted') {
      managed = createTarget();
      state = kind === 'edited' ? stateAfterEdit(state) : initialState(world.journal.record, realClock);
    },
    async pass(now: View) {
      view = now;
      revision += 1;
      if (isWhole) state.desired = undefined;
      const { result, error, changed, quarantined } = await reconcile(managed, state, {
        snapshot: { sources: [listed('services', String(revision))], stale: false },
        clock: realClock,
        delay: () => 0,
        mustObserve: isWhole,
        searchTime: Infinity,
        stop: new AbortController().signal,
      });
      const { reloadedAt: _, undo, ...record } = world.journal.record;
      const files = await contentsOf(out);
      const text = JSON.stringify({
        result,
        error: error?.message,
        changed,
        quarantined,
        record,
        undo,
        files,
        reloads,
      });
      return JSON.parse(text.replaceAll(dir, '').replace(/\.rollcall-[\w-]+/g, 'temporary')) as unknown;
    },
  };
}

/** The outcomes of all steps. The paths are the same for both sides, because digests contain them. */
async function run(dir: string, config: string, steps: readonly Step[], isWhole: boolean): Promise<unknown[]> {
  const consumer: Consumer = { refuses: '', isDown: false };
  const nextView = createViews();
  const side = await createSide(dir, config, consumer, isWhole);
  try {
    let view = nextView([]);
    const outcomes: unknown[] = [];
    for (const each of steps) {
      if ('edits' in each) view = nextView(each.edits);
      else if ('refuses' in each) consumer.refuses = each.refuses;
      else if ('isDown' in each) consumer.isDown = each.isDown;
      else side.replace(each.process);
      outcomes.push(await side.pass(view));
    }
    return outcomes;
  } finally {
    await side.close();
    await rm(dir, { recursive: true });
  }
}

test.each(Object.keys(configs))(
  '%s: a controller that follows the changes does as one that makes and observes everything',
  async (config) => {
    const dir = join(await memoryDir(), 'side');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 10 }), async (steps) => {
        expect(await run(dir, config, steps, false)).toEqual(await run(dir, config, steps, true));
      }),
      { numRuns: 25 },
    );
  },
  60_000,
);
