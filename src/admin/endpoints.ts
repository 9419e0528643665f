import type { FastifyReply, FastifyRequest } from 'fastify';
import type * as z from 'zod';
import type { Operations, StatusReader } from '../ports/running-process.js';
import { pageServices } from './page-services.js';
import * as wire from './wire.js';

/** What the answers are made from. */
export type AdminProcess = StatusReader & Operations;

/** One path of `/api`. */
export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** `{name}` stands for one segment. */
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** The answer with status 200. */
  readonly answer: z.ZodType;
  /** Undefined: there is no such target. @throws ZodError for a wrong query or body */
  readonly handle: (process: AdminProcess, request: FastifyRequest, reply: FastifyReply) => unknown;
}

const nameOf = (request: FastifyRequest): string => (request.params as { name: string }).name;

export const endpoints: readonly Endpoint[] = [
  {
    ...{ method: 'GET', path: '/api/status', summary: 'The status of the process, its sources and its targets.' },
    answer: wire.processStatus,
    handle: (process) => process.status(),
  },
  {
    ...{ method: 'GET', path: '/api/targets/{name}', summary: 'One target, with its outputs.' },
    answer: wire.targetDetail,
    handle: (process, request) => process.target(nameOf(request)),
  },
  {
    ...{ method: 'GET', path: '/api/services', summary: 'The registered instances, in pages.' },
    query: wire.servicesQuery,
    answer: wire.servicePage,
    handle(process, request) {
      const { limit, after } = wire.servicesQuery.parse(request.query);
      return pageServices(process, limit, after);
    },
  },
  {
    ...{ method: 'GET', path: '/api/rejected', summary: 'The rejected registrations, in pages.' },
    query: wire.rejectedQuery,
    answer: wire.rejectedPage,
    handle(process, request) {
      const { limit, offset } = wire.rejectedQuery.parse(request.query);
      const all = process.rejected();
      const rejected = all.slice(offset, offset + limit);
      return {
        rejected: rejected.map(({ source, key, code, reason }) => ({ source, key, code, reason })),
        total: all.length,
      };
    },
  },
  {
    ...{
      method: 'POST',
      path: '/api/targets/{name}/release',
      summary: 'Ends the holds of a target, or of one service.',
    },
    body: wire.releaseBody,
    answer: wire.released,
    async handle(process, request) {
      const { service } = wire.releaseBody.parse(request.body ?? {});
      const count = await process.release(nameOf(request), service);
      return count === undefined ? undefined : { released: count };
    },
  },
  {
    ...{
      method: 'POST',
      path: '/api/targets/{name}/resync',
      summary: 'Looks at all outputs again and retries failures.',
    },
    answer: wire.resynced,
    handle: (process, request) => (process.resync(nameOf(request)) ? { resync: 'asked' } : undefined),
  },
];
