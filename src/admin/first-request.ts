import type { RequestListener, ServerResponse } from 'node:http';
import { messageOf } from '../model/errors.js';
import type { App, AppOptions } from './app.js';

/** Milliseconds between two attempts. Any client may send requests, and each failed attempt reads files and writes a line into the log. */
const retryAfter = 1000;

/**
 * An App that loads its code at the first request. Many processes never get a request, and the code needs 5 MB of memory.
 *
 * If loading fails, each request gets status 503. The first request after `retryAfter` loads again.
 *
 * @param load makes the answers. Default: `createApp`
 */
export function createAppOnRequest(options: AppOptions, load: () => Promise<App> = () => loadApp(options)): App {
  const { clock, log } = options;
  let app: Promise<App> | undefined;
  let failedAt: number | undefined;

  async function make(): Promise<App> {
    try {
      return await load();
    } catch (error) {
      failedAt = clock.now();
      log.error(
        { error: messageOf(error) },
        'the admin server cannot answer; restart rollcall if its program files were replaced',
      );
      throw error;
    }
  }

  const answer: RequestListener = (request, response) => {
    if (failedAt !== undefined && clock.now() - failedAt >= retryAfter) app = failedAt = undefined;
    app ??= make();
    app.then(
      ({ listener }) => {
        listener(request, response);
      },
      () => {
        refuse(response);
      },
    );
  };

  return {
    listener: answer,
    async close() {
      await app?.then(
        (made) => made.close(),
        () => undefined,
      );
    },
  };
}

async function loadApp(options: AppOptions): Promise<App> {
  const { createApp } = await import('./app.js');
  return createApp(options);
}

function refuse(response: ServerResponse): void {
  const message = 'the answer cannot be made; the log says why';
  response
    .writeHead(503, { 'content-type': 'application/json', 'cache-control': 'no-store', connection: 'close' })
    .end(JSON.stringify({ error: { status: 503, message } }));
}
