import { z } from 'zod';
import type { Instance } from '../model/instance.js';
import type { SavedGroup } from './group.js';
import type { SavedLedger } from './ledger.js';
import type { Moment } from './moment.js';
import type { PlacedPair } from './pairs.js';

/** What a guard remembers over a restart, as plain JSON. Times are ages at `written`. */
export interface GuardState {
  readonly version: 1;
  readonly written: Required<Moment>;
  readonly services: readonly { readonly name: string; readonly group: SavedGroup<SavedInstance> }[];
  readonly sources: readonly { readonly source: string; readonly group: SavedGroup<PlacedPair> }[];
  readonly total: SavedLedger;
}

const text = z.string();

const instance = z.strictObject({
  id: text,
  source: text,
  key: text,
  address: text,
  family: z.enum(['ipv4', 'ipv6', 'name']),
  port: z.int(),
  weight: z.int(),
  scheme: text,
  zone: text,
  version: text,
  tags: z.array(text),
  metadata: z.array(z.tuple([text, text])),
  status: z.enum(['passing', 'draining', 'critical']),
});

/** An instance without its service, and without the fields that follow from its other fields. */
export type SavedInstance = z.infer<typeof instance>;

export function saveInstance({ service: _service, host: _host, held: _held, ...rest }: Instance): SavedInstance {
  return { ...rest, tags: [...rest.tags], metadata: Object.entries(rest.metadata) };
}

/** The held instance, frozen. */
export function reviveInstance({ tags, metadata, ...rest }: SavedInstance, service: string): Instance {
  const values = Object.create(null) as Record<string, string>;
  for (const [key, value] of metadata) values[key] = value;
  return Object.freeze({
    ...rest,
    service,
    host: rest.family === 'ipv6' ? `[${rest.address}]` : rest.address,
    tags: Object.freeze(tags),
    metadata: Object.freeze(values),
    held: true,
  });
}

const ledger = z.strictObject({
  arrivals: z.array(z.tuple([text, z.number()])),
  departures: z.array(z.tuple([text, z.number(), z.boolean()])),
  peaks: z.array(z.tuple([z.number(), z.number()])),
});

const group = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    ledger,
    settled: z.array(text),
    returned: z.array(text),
    released: z.array(text),
    holds: z.array(
      z.strictObject({
        member: text,
        item,
        age: z.number(),
        startedAt: z.number(),
        cause: z.enum(['left', 'listed', 'rejected']),
        rule: z.enum(['min-instances', 'service-share', 'target-share', 'source-share']),
        isNew: z.boolean(),
      }),
    ),
  });

const pair = z.strictObject({ key: text, value: text }).transform((each) => Object.freeze(each));

const state = z.strictObject({
  version: z.literal(1),
  written: z.strictObject({ now: z.number(), wall: z.number(), era: text }),
  services: z.array(z.strictObject({ name: text, group: group(instance) })),
  sources: z.array(z.strictObject({ source: text, group: group(z.strictObject({ pair, base: text })) })),
  total: ledger,
});

/**
 * Reads a state from parsed JSON.
 *
 * @throws ZodError when it is none, or one of another version
 */
export function reviveGuardState(body: unknown): GuardState {
  return state.parse(body);
}
