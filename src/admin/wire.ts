import * as z from 'zod';
import type * as status from '../model/status.js';

const time = z.iso.datetime();
const count = z.int().nonnegative();

const problem = z
  .strictObject({ code: z.string().exactOptional(), message: z.string(), hint: z.string().exactOptional() })
  .meta({ id: 'Problem' });

const targetFields = {
  name: z.string(),
  inStep: z.boolean(),
  notInStep: z.string().exactOptional(),
  standby: z.boolean(),
  sources: z.array(
    z.strictObject({ source: z.string(), applied: z.string().nullable(), latest: z.string().nullable() }),
  ),
  lagMs: z.number().nonnegative(),
  last: z
    .strictObject({
      result: z.enum([
        ...['waiting', 'in-step', 'kept', 'changed', 'reloaded', 'updated'],
        ...['throttled', 'refused', 'failed', 'stopped', 'standby'],
      ] as status.PassResult[]),
      at: time,
      reason: z.string().exactOptional(),
      problem: problem.exactOptional(),
    })
    .nullable(),
  changedAt: time.nullable(),
  reloadedAt: time.nullable(),
  failingSince: time.nullable(),
  pendingReload: z.strictObject({ since: time }).nullable(),
  runtime: z
    .strictObject({
      updatedAt: time.nullable(),
      leaving: count,
      fellBack: z.strictObject({ at: time, reason: z.string(), isRefused: z.boolean() }).nullable(),
      problem: z.string().nullable(),
    })
    .nullable(),
  nextAttempt: time.nullable(),
  withheld: z.array(z.strictObject({ service: z.string(), reason: z.string() })),
  quarantined: count,
  holds: z.array(
    z.strictObject({
      ...{ source: z.string(), key: z.string() },
      instance: z
        .strictObject({ service: z.string(), id: z.string(), address: z.string(), port: z.int() })
        .exactOptional(),
      cause: z.enum(['left', 'listed', 'rejected']),
      rule: z.enum(['min-instances', 'service-share', 'target-share', 'source-share']),
      ...{ since: time, until: time },
    }),
  ),
};

/** `TargetStatus` */
const targetStatus = z.strictObject(targetFields).meta({ id: 'TargetStatus' });

/** `TargetDetail` */
export const targetDetail = z
  .strictObject({
    ...targetFields,
    outputs: z.array(
      z.strictObject({
        ...{ output: z.string(), digest: z.string().nullable(), bytes: count.nullable(), secret: z.boolean() },
      }),
    ),
    quarantine: z.array(z.strictObject({ service: z.string(), id: z.string().exactOptional(), reason: z.string() })),
  })
  .meta({ id: 'TargetDetail' });

const sourceStatus = z
  .strictObject({
    ...{ name: z.string(), prefix: z.string(), format: z.string().nullable(), listed: z.boolean() },
    watch: z.enum(['connecting', 'listing', 'live', 'waiting', 'not-started']),
    since: time.nullable(),
    problem: problem.exactOptional(),
    ...{ revision: z.string().nullable(), keys: count, services: count, rejected: count, secret: z.boolean() },
  })
  .meta({ id: 'SourceStatus' });

/** `ElectionStatus` */
const electionStatus = z
  .strictObject({
    state: z.enum(['leader', 'standby']),
    since: time,
    reason: z.enum([
      ...['started', 'elected', 'renewal-overdue', 'lease-gone', 'lease-taken', 'released'],
    ] as status.ElectionReason[]),
    ...{ detail: z.string(), lease: z.string(), identity: z.string() },
    ...{ leader: z.string().nullable(), epoch: z.string().nullable(), transitions: count },
    problem: problem.exactOptional(),
  })
  .meta({ id: 'ElectionStatus' });

/** `ProcessStatus` */
export const processStatus = z
  .strictObject({
    ...{ version: z.string(), pid: z.int(), startedAt: time, inStep: z.boolean(), stale: z.boolean() },
    config: z.strictObject({
      ...{ file: z.string(), generation: count, since: time },
      refused: z.strictObject({ at: time, problem }).nullable(),
    }),
    election: electionStatus.nullable(),
    sources: z.array(sourceStatus),
    targets: z.array(targetStatus),
  })
  .meta({ id: 'ProcessStatus' });

/** One page of instances. `next` is the value of `after` for the next page; null at the end. Of secret sources, `details` is absent. */
export const servicePage = z.strictObject({
  services: z.array(
    z.strictObject({
      ...{ source: z.string(), service: z.string() },
      instances: z.array(
        z.strictObject({
          ...{
            id: z.string(),
            key: z.string(),
            address: z.string(),
            port: z.int(),
            status: z.string(),
            weight: z.int(),
          },
          details: z
            .strictObject({
              ...{ scheme: z.string(), zone: z.string(), version: z.string() },
              ...{ tags: z.array(z.string()), metadata: z.record(z.string(), z.string()) },
            })
            .exactOptional(),
        }),
      ),
    }),
  ),
  next: z.string().nullable(),
});

/** One page of rejected registrations, and the number of all. */
export const rejectedPage = z.strictObject({
  rejected: z.array(z.strictObject({ source: z.string(), key: z.string(), code: z.string(), reason: z.string() })),
  total: count,
});

export const released = z.strictObject({ released: count });
export const resynced = z.strictObject({ resync: z.literal('asked') });

/** Every answer that is no success. */
export const failure = z
  .strictObject({ error: z.strictObject({ status: z.int(), message: z.string() }) })
  .meta({ id: 'Failure' });

export const releaseBody = z.strictObject({ service: z.string().min(1).max(1024).exactOptional() });
export const servicesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(10_000).default(1000),
  after: z.string().max(8192).exactOptional(),
});
export const rejectedQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(10_000).default(1000),
  offset: z.coerce.number().int().min(0).default(0),
});
export type ServicePage = z.output<typeof servicePage>;
