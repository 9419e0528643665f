import type { ServerResponse } from 'node:http';
import type { ProcessEvent } from '../model/process-event.js';
import type { EventFeed } from '../ports/running-process.js';

/** Streams of events that one listener serves at a time. */
const mostStreams = 16;
/** Milliseconds between two comments that show a client, and every proxy between, that the stream lives. */
const heartbeat = 15_000;
/** Bytes that a client may leave unread before its stream is ended. */
const mostUnread = 1 << 20;

/** Open streams of events. */
export interface EventStreams {
  /** False: there are as many streams as are allowed, and nothing was answered. */
  open(response: ServerResponse, lastId: string | undefined, follow: boolean): boolean;
  /** Ends all streams. */
  close(): void;
}

/**
 * Serves events as server-sent events (WHATWG HTML, section 9.2). A stream begins with the kept events after `lastId`; the comment `gap`
 * comes first when some of these may be missing.
 */
export function createEventStreams(feed: EventFeed): EventStreams {
  const open = new Set<ServerResponse>();
  return {
    open(response, lastId, follow) {
      if (open.size >= mostStreams) return false;
      open.add(response);
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      const write = (text: string): void => {
        if (response.writableLength > mostUnread) response.destroy();
        else response.write(text);
      };
      const kept = feed.after(lastId);
      if (!kept) write('event: gap\ndata: {}\n\n');
      write((kept ?? feed.after() ?? []).map(showEvent).join(''));
      const unsubscribe = follow
        ? feed.subscribe((event) => {
            write(showEvent(event));
          })
        : () => undefined;
      const beats = setInterval(() => {
        write(': alive\n\n');
      }, heartbeat);
      response.once('close', () => {
        clearInterval(beats);
        unsubscribe();
        open.delete(response);
      });
      response.on('error', () => undefined);
      if (!follow) response.end();
      return true;
    },
    close() {
      for (const response of open) response.destroy();
    },
  };
}

function showEvent(event: ProcessEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
