import type { RequestListener, ServerResponse } from 'node:http';
import { messageOf } from '../model/errors.js';
import type { App, AppOptions } from './app.js';

/**
 * The answers to requests, made when the first request comes. Most processes are asked rarely or never, and the code of the answers
 * needs 5 MB of memory.
 *
 * A request for which they cannot be made gets status 503, and the next one tries again.
 */
export function createAppOnRequest(options: AppOptions): App {
  let app: Promise<App> | undefined;

  async function make(): Promise<App> {
    const { createApp } = await import('./app.js');
    return createApp(options);
  }

  const answer: RequestListener = (request, response) => {
    app ??= make();
    app.then(
      ({ listener }) => {
        listener(request, response);
      },
      (error: unknown) => {
        app = undefined;
        options.log.error(
          { error: messageOf(error) },
          'the answer to a request of the admin server cannot be made; restart rollcall if its program files were replaced',
        );
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

function refuse(response: ServerResponse): void {
  const message = 'the answer cannot be made; the log says why';
  response
    .writeHead(503, { 'content-type': 'application/json', 'cache-control': 'no-store', connection: 'close' })
    .end(JSON.stringify({ error: { status: 503, message } }));
}
