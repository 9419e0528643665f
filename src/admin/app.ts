import type { IncomingMessage, RequestListener } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { fastify, type FastifyReply, type FastifyRequest } from 'fastify';
import { ZodError } from 'zod';
import { messageOf } from '../model/errors.js';
import type { Clock, Log } from '../ports/runtime.js';
import { endpoints, type AdminProcess } from './endpoints.js';
import { decideAccess, isLoopback } from './guard.js';
import { createScraper } from './metrics/scrape.js';
import { checkReadiness, describeReadiness } from './readiness.js';
import { createEventStreams } from './streams.js';

/** Bytes of a request's body. */
const mostBody = 16 << 10;

/** Stands for the compilers of fastify's own schemas, because no route has one. */
const notUsed = (): never => (() => JSON.stringify) as never;

export interface AppOptions {
  readonly via: 'socket' | 'tcp';
  readonly process: AdminProcess;
  readonly clock: Pick<Clock, 'now' | 'wall'>;
  readonly log: Log;
  /** Read at each request. */
  readonly token: () => string | undefined;
  /** Host names by which it may be called, besides addresses and localhost. */
  readonly hosts: readonly string[];
  /** Milliseconds. */
  readonly unreadyAfter: () => number;
}

/** The answers to requests, for any number of servers. */
export interface App {
  readonly listener: RequestListener;
  /** Ends the streams of events. */
  close(): Promise<void>;
}

/**
 * Creates the answers. `/livez`, `/readyz` and `/metrics` need no token and name no instance; everything below `/api` is decided by
 * `decideAccess`. A failure of one answer is logged and is no concern of anything else.
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { process, log } = options;
  const app = fastify({
    ...{ logger: false, bodyLimit: mostBody, exposeHeadRoutes: false, forceCloseConnections: true },
    routerOptions: { maxParamLength: 500 },
    // zod checks queries and bodies in the endpoints, so the compilers of fastify are not needed.
    schemaController: {
      compilersFactory: { buildValidator: notUsed, buildSerializer: notUsed },
    },
    frameworkErrors: (error, _request, reply) => {
      fail(reply, 400, error.message);
    },
  });
  const streams = createEventStreams(process.events);
  const scraper = createScraper(process, options.clock);
  // A page can send text to another site without asking it first, but not JSON.
  app.removeContentTypeParser('text/plain');

  app.addHook('onSend', (_request, reply, _payload, done) => {
    void reply.headers({
      ...{
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'",
      },
      'cross-origin-resource-policy': 'same-origin',
    });
    done();
  });
  app.setNotFoundHandler((_request, reply) => fail(reply, 404, 'there is no such path'));
  app.setErrorHandler((error, request, reply) => {
    const status = error instanceof ZodError ? 400 : ((error as { statusCode?: number }).statusCode ?? 500);
    if (status >= 500)
      log.error({ path: request.routeOptions.url, error: messageOf(error) }, 'a request to the admin server failed');
    const [issue] = error instanceof ZodError ? error.issues : [];
    const message = issue ? `${issue.path.join('.')}: ${issue.message}` : messageOf(error);
    return fail(reply, status, status >= 500 ? 'the answer could not be made; the log says why' : message);
  });

  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', (request, reply) => {
    const checks = checkReadiness(process.status(), options.unreadyAfter(), options.clock.wall());
    const isReady = checks.every(({ problem }) => problem === undefined);
    const isBrief = isReady && !Object.hasOwn(request.query as object, 'verbose');
    return reply
      .code(isReady ? 200 : 503)
      .type('text/plain')
      .send(isBrief ? 'ok\n' : describeReadiness(checks, 'readyz'));
  });
  app.get('/metrics', async (_request, reply) => reply.type(scraper.contentType).send(await scraper.scrape()));

  await app.register((api, _options, done) => {
    api.addHook('onRequest', (request, reply, next) => {
      const denial = decideAccess(callerOf(options.via, request.raw), options.token(), options.hosts);
      if (!denial) {
        next();
        return;
      }
      if (denial.status === 401) void reply.header('www-authenticate', 'Bearer');
      void fail(reply, denial.status, denial.message);
    });
    for (const { method, path, handle } of endpoints)
      api.route({
        ...{ method, url: path.replaceAll(/\{(\w+)\}/g, ':$1') },
        async handler(request, reply) {
          const answer = await handle(process, request, reply);
          return answer === undefined ? fail(reply, 404, 'there is no such target or place') : reply.send(answer);
        },
      });
    api.get('/api/events', (request, reply) => {
      const { follow } = request.query as { follow?: string };
      const lastId = request.headers['last-event-id'];
      reply.hijack();
      if (streams.open(reply.raw, lastId === undefined ? undefined : String(lastId), follow !== 'false')) return;
      const text = JSON.stringify({ error: { status: 503, message: 'there are as many streams as are allowed' } });
      reply.raw
        .writeHead(503, { 'content-type': 'application/json', 'retry-after': '10', connection: 'close' })
        .end(text);
    });
    done();
  });
  await app.ready();
  return {
    listener: (request, response) => {
      app.routing(request, response);
    },
    async close() {
      streams.close();
      await app.close();
    },
  };
}

function fail(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ error: { status, message } });
}

function callerOf(via: AppOptions['via'], request: IncomingMessage & Pick<FastifyRequest['raw'], 'socket'>) {
  const { headers, socket, method = 'GET' } = request;
  const site = headers['sec-fetch-site'];
  return {
    ...{ via, method, host: headers.host, authorization: headers.authorization, origin: headers.origin },
    isLoopback: isLoopback(socket.remoteAddress) && isLoopback(socket.localAddress),
    hasCertificate: (socket as Partial<TLSSocket>).authorized === true,
    fetchSite: typeof site === 'string' ? site : undefined,
  };
}
