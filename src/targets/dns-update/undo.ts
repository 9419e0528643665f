import * as z from 'zod';
import { openConnection } from '../../dns/client/connection.js';
import { sendUpdate } from '../../dns/client/update.js';
import { RollcallError } from '../../model/errors.js';
import type { OnStep, TransactionKind } from '../transaction.js';
import { planUpdates, type NameChange } from './name-update.js';
import { queryNames, withConnection, type ServerAccess } from './observe.js';
import { changeOwned, entryOf } from './owned.js';
import { isSame } from './same-set.js';
import { emptyName, type NameState } from './zone-state.js';

const set = z.strictObject({ ttl: z.number(), data: z.array(z.string()) }).nullable();
const undo = z.strictObject({
  kind: z.literal('dnsUpdate'),
  items: z.array(
    z.strictObject({
      zone: z.string(),
      name: z.string(),
      mark: z.strictObject({ before: z.string().nullable(), after: z.string().nullable() }),
      sets: z.array(
        z.strictObject({ type: z.enum(['A', 'AAAA', 'CNAME', 'PTR', 'SRV', 'TXT']), before: set, after: set }),
      ),
    }),
  ),
});

export type DnsUpdateUndo = z.infer<typeof undo>;

const attempts = 3;

/** After these errors of its first message, the server has changed nothing. */
const harmless: ReadonlySet<string> = new Set(['OUTPUT_RACED', 'DNS_REFUSED']);

export interface UndoOptions {
  /** Names are kept in the journal, because the zone cannot be transferred. */
  readonly keepsNames: boolean;
  readonly onStep: OnStep | undefined;
}

/** Writes changes of names, and takes them back, in this process or in a later one. */
export function createDnsUpdateUndo(
  access: ServerAccess,
  { keepsNames, onStep }: UndoOptions,
): TransactionKind<DnsUpdateUndo> & { write(undo: DnsUpdateUndo): Promise<void> } {
  /** Undo data of changes of which the server has done nothing. */
  const untouched = new WeakSet<DnsUpdateUndo>();
  // A change that has begun is finished or undone. Only the timeout ends it.
  const never = new AbortController().signal;

  async function send(changes: readonly NameChange[], step: string, onUntouched: () => void): Promise<void> {
    const updates = planUpdates(changes);
    if (updates.length === 0) return;
    let sent = 0;
    let isOpen = false;
    try {
      const connection = await openConnection(access.options, access.clock, never);
      isOpen = true;
      try {
        for (const update of updates) {
          await sendUpdate(connection, update, never);
          sent += 1;
          await onStep?.(`${step}:${sent - 1}`);
        }
      } finally {
        connection.close();
      }
    } catch (error) {
      const isRefused = error instanceof RollcallError && harmless.has(error.code);
      if (sent === 0 && (!isOpen || isRefused)) onUntouched();
      throw error;
    }
  }

  function read(items: DnsUpdateUndo['items']): Promise<Map<string, NameState>> {
    const questions = items.map(({ zone, name, sets }) => ({ zone, name, types: sets.map(({ type }) => type) }));
    return withConnection(access, never, (connection) => queryNames(connection, questions, never));
  }

  return {
    undo,
    write: (undoData) =>
      send(undoData.items, 'swap', () => {
        untouched.add(undoData);
      }),
    outputs: ({ items }) => items.flatMap(({ name, sets }) => sets.map(({ type }) => `${name} ${type}`)),
    async whole({ items }) {
      const states = await read(items);
      return items.every(({ name, zone, mark, sets }) => {
        const state = states.get(name) ?? emptyName(zone);
        return (
          markOf(state) === mark.after && sets.every(({ type, after }) => isSame(state.sets.get(type) ?? null, after))
        );
      });
    },
    async revert(undoData) {
      if (untouched.has(undoData)) return false;
      for (let attempt = 1; ; attempt++) {
        const states = await read(undoData.items);
        const inverse = undoData.items.flatMap((item) => invert(item, states.get(item.name) ?? emptyName(item.zone)));
        try {
          await send(inverse, 'revert', () => undefined);
          return inverse.length > 0;
        } catch (error) {
          const raced = error instanceof RollcallError && error.code === 'OUTPUT_RACED';
          if (!raced || attempt === attempts) throw error;
        }
      }
    },
    clean: () => Promise.resolve(),
    leftovers: () => null,
    owned: ({ items }, before) => {
      const { server } = access.options;
      const entries = (gone: boolean): string[] =>
        items.flatMap(({ zone, name, mark }) => ((mark.after === null) === gone ? [entryOf(server, zone, name)] : []));
      return keepsNames ? changeOwned(before, { add: entries(false), remove: entries(true) }) : before;
    },
  };
}

function markOf({ marks }: NameState): string | null | undefined {
  if (marks.length > 1) return undefined;
  return marks[0] ?? null;
}

/** What restores one name. A name that another writer has changed since stays as it is. */
function invert({ zone, name, mark, sets }: NameChange, state: NameState): NameChange[] {
  if (markOf(state) !== mark.after) return [];
  const changed = sets.flatMap(({ type, before }) => {
    const there = state.sets.get(type) ?? null;
    return isSame(there, before) ? [] : [{ type, before: there, after: before }];
  });
  if (changed.length === 0 && mark.before === mark.after) return [];
  return [{ zone, name, mark: { before: mark.after, after: mark.before }, sets: changed }];
}
