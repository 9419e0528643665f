import { createHash } from 'node:crypto';
import { RollcallError } from '../../src/model/errors.js';
import type { SourceSnapshot } from '../../src/model/snapshot.js';
import type { View } from '../../src/model/view.js';
import type { Journal, TargetRecord } from '../../src/ports/journal.js';
import type { Reload } from '../../src/ports/reload.js';
import type { Target, Desired } from '../../src/ports/target.js';

interface BoardWant extends Desired {
  readonly text: string;
}

/** A target kind for tests of the controller. It writes one line in memory. */
export interface Board extends Target<BoardWant, string> {
  text: string;
  applies: number;
  observes: number;
  /** The next calls of apply throw this, until it is cleared. */
  trouble: Error | undefined;
  /** apply awaits this before it writes. */
  gate: Promise<void> | undefined;
}

export function createBoard(journal: Journal): Board {
  const board: Board = {
    text: '',
    applies: 0,
    observes: 0,
    trouble: undefined,
    gate: undefined,
    recover: () => Promise.resolve({ outcome: 'nothing', outputs: [] }),
    adopt: () => Promise.resolve([]),
    desired: (view) => ({ text: view.services.map(({ name }) => name).join(' '), quarantined: [] }),
    outputs: ({ text }) => [{ output: 'board', text, secret: false }],
    digest: ({ text }) => createHash('sha256').update(text).digest('hex'),
    observe: () => {
      board.observes += 1;
      return Promise.resolve(board.text);
    },
    diff: (want, seen) =>
      want.text === seen ? [] : [{ action: 'update', output: want.text, bytes: want.text.length }],
    preview: () => Promise.resolve({ differences: [], conflicts: [] }),
    async apply(changes, context) {
      board.applies += 1;
      await board.gate;
      if (board.trouble) {
        if (board.trouble instanceof RollcallError && board.trouble.code === 'CHECK_REFUSED') {
          await journal.advance({ failed: { digest: context.digest, reason: board.trouble.message } });
        }
        throw board.trouble;
      }
      await journal.advance({
        step: 'staged',
        digest: context.digest,
        revision: context.revision,
        reloadPending: true,
      });
      board.text = changes[0]?.output ?? '';
      context.swapped();
      await journal.advance({ step: 'checked', failed: null });
      return { caveats: [] };
    },
  };
  return board;
}

/** A journal that lives as long as the test. */
export function memoryJournal(first: Partial<TargetRecord> = {}): Journal {
  let record: TargetRecord = {
    step: 'none',
    digest: '',
    revision: '',
    undo: null,
    owned: [],
    content: null,
    failed: null,
    reloadPending: true,
    reloadedAt: null,
    ...first,
  };
  return {
    get record() {
      return record;
    },
    advance(patch) {
      record = { ...record, ...patch };
      return Promise.resolve();
    },
  };
}

/** A reload that counts its calls, and fails on request. */
export function countingReload(): Reload & { runs: number; outputs: readonly string[][]; trouble: Error | undefined } {
  const outputs: string[][] = [];
  const reload = {
    describe: 'count',
    runs: 0,
    outputs,
    trouble: undefined as Error | undefined,
    run(context: { outputs: readonly string[] }) {
      reload.runs += 1;
      outputs.push([...context.outputs]);
      return reload.trouble ? Promise.reject(reload.trouble) : Promise.resolve();
    },
  };
  return reload;
}

export function viewOf(...services: string[]): View {
  return {
    services: services.map((name) => ({ name, instances: [], expected: false })),
    kv: { pairs: [], tree: {} },
    vars: {},
    env: {},
    target: { name: 'board' },
  };
}

/** A listed source with services of these names and no instances. */
export function listed(source: string, revision: string, ...services: string[]): SourceSnapshot {
  return {
    source,
    prefix: `/${source}/`,
    keys: '<service>/<id>',
    filters: '[null,null]',
    format: 'plain',
    revision,
    clusterId: '1',
    services: new Map(services.map((name) => [name, { name, instances: [], expected: false }])),
    pairs: [],
    rejected: [],
    counts: { keys: services.length, ignored: 0, leaseless: 0, filtered: 0 },
  };
}
