import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { atEnd } from './at-end.js';

export interface RawServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** The bytes received on each connection so far. */
  readonly heard: readonly string[];
  /** How many connections are open now. */
  readonly open: () => number;
}

const servers: Server[] = [];
const sockets = new Set<Socket>();

/** A server on loopback that answers the first bytes of a connection with the given bytes. Ended after the test file. */
export async function startRawServer(answer: (socket: Socket, origin: string) => void): Promise<RawServer> {
  const heard: string[] = [];
  const own = new Set<Socket>();
  const server = createServer((socket) => {
    const at = heard.push('') - 1;
    sockets.add(socket);
    own.add(socket);
    socket.on('error', ignore).on('close', () => {
      sockets.delete(socket);
      own.delete(socket);
    });
    socket.setEncoding('latin1').on('data', (chunk: string) => (heard[at] = `${heard[at] ?? ''}${chunk}`));
    socket.once('data', () => {
      answer(socket, origin);
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, heard, open: () => own.size };
}

/** Writes without end, as fast as the client reads, until the connection ends. */
function pourInto(socket: Socket, chunk: string | Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;
const filler = 'x'.repeat(65_536);

type Answer = readonly [title: string, answer: (socket: Socket) => void];

const said =
  (text: string): Answer[1] =>
  (socket) => {
    socket.write(text);
  };
const endlessly =
  (first: string, then: string | Buffer): Answer[1] =>
  (socket) => {
    socket.write(first);
    pourInto(socket, then);
  };

/** Answers that a client must not follow, wait for without end, or keep in memory. */
export const hostileAnswers: readonly Answer[] = [
  ['silence', ignore],
  ['a header without end', endlessly(`${ok}evil: `, filler)],
  ['headers without end', endlessly(ok, 'evil: evil\r\n'.repeat(4096))],
  ['a status without end', endlessly('HTTP/1.1 200 ', filler)],
  ['a hundred continues and more', endlessly('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000))],
  ['early hints without end', endlessly('', 'HTTP/1.1 103 Early Hints\r\nlink: </evil>\r\n\r\n'.repeat(1000))],
  ['another protocol each time', endlessly('', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: evil\r\n\r\n')],
  ['a chunk that is never full', said(`${chunked}ffffffffffffffff\r\nx`)],
  ['a chunk without a size', endlessly(chunked, '0'.repeat(65_536))],
  ['trailers without end', endlessly(`${chunked}0\r\n`, 'evil: evil\r\n'.repeat(4096))],
  ['two lengths', said(`${ok}content-length: 1\r\ncontent-length: 2\r\n\r\nxx`)],
  ['noise', endlessly('', Buffer.alloc(65_536, 0xaa))],
];

/** Very long bodies of answers that are otherwise good. */
export const hugeAnswers: readonly Answer[] = [
  ['a body without end', endlessly(`${ok}\r\n`, filler)],
  ['chunks without end', endlessly(chunked, `10000\r\n${filler}\r\n`)],
  [
    'a body that unpacks to hundreds of megabytes',
    (socket) => {
      socket.write(`${ok}content-encoding: gzip\r\n\r\n`);
      socket.end(bomb());
    },
  ],
];

/** Locations for a redirect. `elsewhere` is another origin. */
export const redirects = (elsewhere: string, self: string): readonly string[] => [
  `${elsewhere}/stolen`,
  `//${elsewhere.slice('http://'.length)}/stolen`,
  `${self}/loop`,
  '/loop',
  'file:///etc/passwd',
  'javascript:alert(1)',
  `http://user:word@${elsewhere.slice('http://'.length)}/`,
];

function bomb(): Buffer {
  return gzipSync(Buffer.alloc(256 << 20), { level: 1 });
}

function ignore(): void {
  // A client may reset its connection when it leaves.
}

atEnd(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
});
