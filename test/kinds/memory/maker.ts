import { createHash } from 'node:crypto';
import { compareText } from '../../../src/model/order.js';
import type { Quarantine, View } from '../../../src/model/view.js';
import type { Change, Difference, Preview } from '../../../src/ports/output.js';
import type { Desired, Target, TargetReader } from '../../../src/ports/target.js';
import type { CompiledTemplate, ReaderDeps, TargetDeps, TargetMaker } from '../../../src/targets/maker.js';
import { renderWithoutRejected, type Attempt } from '../../../src/targets/quarantine.js';
import { hideContents } from '../../../src/targets/secret.js';
import { forgetReason, withoutReasons } from '../../../src/targets/secret-journal.js';
import { createTransactions } from '../../../src/targets/transaction.js';
import type { MemoryOptions } from './schema.js';
import { openMemoryStore } from './store.js';
import { createMemoryUndo, ownedNames, ownNames } from './undo.js';

interface DesiredTexts extends Desired {
  /** Sorted by name. */
  readonly texts: ReadonlyMap<string, string>;
}

interface TextChange extends Change {
  readonly before: string | null;
  readonly after: string | null;
}

/** By name, of the texts that are desired and those that are owned. */
type ObservedTexts = ReadonlyMap<string, string>;

/** In one file, because it is small. `src/targets/skydns/` shows the files that a kind in `src/` has. */
export const memoryMaker: TargetMaker<MemoryOptions> = { createReader, createTarget };

function createReader(options: MemoryOptions, deps: Omit<ReaderDeps, 'connect'>): TargetReader<DesiredTexts> {
  const { journal, templates, secret } = deps;
  return {
    desired(view) {
      const { made, quarantined } = renderWithoutRejected(view, (rest) => render(options, templates, rest));
      return { texts: new Map(made.sort(([a], [b]) => compareText(a, b))), quarantined };
    },
    outputs: ({ texts }) => [...texts].map(([output, text]) => ({ output, text, secret })),
    digest: ({ texts }) =>
      createHash('sha256')
        .update(JSON.stringify([...texts]))
        .digest('hex'),
    preview: (desired) => Promise.resolve(preview(desired, look(options, desired, journal.record.owned), secret)),
  };
}

function createTarget(options: MemoryOptions, deps: TargetDeps): Target<DesiredTexts, ObservedTexts, TextChange> {
  const { target, secret, check, onStep } = deps;
  const journal = secret ? withoutReasons(deps.journal) : deps.journal;
  const store = openMemoryStore(options.store);
  const transactions = createTransactions(createMemoryUndo(store, onStep), { target, journal, check, onStep });
  return {
    ...createReader(options, deps),
    async recover() {
      if (secret) await forgetReason(journal);
      return transactions.recover();
    },
    async adopt(outputs) {
      const names = ownedNames(outputs).filter((name) => Object.hasOwn(options.texts, name.split('/')[0] ?? ''));
      const owned = ownNames(journal.record.owned, names, []);
      if (names.length > 0) await journal.advance({ owned });
      return ownNames([], names, []);
    },
    async observe(desired) {
      if (['staged', 'swapped'].includes(journal.record.step)) await transactions.recover();
      return look(options, desired, journal.record.owned);
    },
    diff,
    apply: (changes, context) =>
      transactions.run(
        {
          outputs: changes.map(({ output }) => output),
          // eslint-disable-next-line @typescript-eslint/require-await -- an async function rejects instead of throwing
          stage: async () => {
            store.expectWritable();
            const items = changes.map(({ output: name, before, after }) => ({ name, before, after }));
            return { undo: { kind: 'memory', items }, caveats: [] };
          },
          discard: () => Promise.resolve(),
          async swap({ items }) {
            for (const [index, { name, after }] of items.entries()) {
              store.write(name, after);
              await onStep?.(`swap:${index}`);
            }
          },
        },
        context,
      ),
  };
}

function render(
  { texts }: MemoryOptions,
  templates: readonly CompiledTemplate[],
  view: View,
): Attempt<[name: string, text: string][]> {
  const made: [string, string][] = [];
  const allRejected: Quarantine[] = [];
  for (const [index, [name, { forEach }]] of Object.entries(texts).entries())
    for (const service of forEach ? view.services : [undefined]) {
      const { text = '', rejected = [] } = templates[index]?.template.render(view, service) ?? {};
      allRejected.push(...rejected);
      made.push([service ? `${name}/${service.name}` : name, text]);
    }
  return { made, rejected: allRejected };
}

function look({ store }: MemoryOptions, { texts }: DesiredTexts, owned: readonly string[]): ObservedTexts {
  const there = openMemoryStore(store).texts;
  return new Map(
    [...texts.keys(), ...ownedNames(owned)]
      .flatMap((name) => [[name, there.get(name)]] as const)
      .filter((each): each is [string, string] => each[1] !== undefined),
  );
}

/** It has no conflicts: a store has no other writer, so what is in the place of a desired text is replaced. In a real place, others write too. */
function diff({ texts }: DesiredTexts, observed: ObservedTexts): readonly TextChange[] {
  const changes: TextChange[] = [];
  for (const name of new Set([...texts.keys(), ...observed.keys()])) {
    const [before, after] = [observed.get(name) ?? null, texts.get(name) ?? null];
    if (before === after) continue;
    const action = before === null ? 'create' : after === null ? 'delete' : 'update';
    changes.push({ action, output: name, bytes: Buffer.byteLength(after ?? ''), before, after });
  }
  return changes.sort((a, b) => compareText(a.output, b.output));
}

function preview(desired: DesiredTexts, observed: ObservedTexts, secret: boolean): Preview {
  const differences = diff(desired, observed).map(({ action, output, before, after }): Difference => ({
    ...{ action, output, form: 'lines', notes: [] },
    ...{ before: before ?? undefined, after: after ?? undefined },
  }));
  return { differences: secret ? differences.map(hideContents) : differences, conflicts: [] };
}
