import { connect as connectTcp, type Socket } from 'node:net';
import { withDeadline } from '../../model/deadline.js';
import { RollcallError } from '../../model/errors.js';
import type { Clock } from '../../ports/runtime.js';
import { DnsFormatError } from '../wire/format-error.js';
import { decodeMessage, type Message } from '../wire/message.js';
import { createVerifier, signRequest, TsigError, type TsigKey } from '../wire/tsig.js';
import { readTsigKey } from './key-file.js';

/** A name server, and how it is asked. */
export interface ServerOptions {
  /** `192.0.2.53:53` or `[2001:db8::53]:53`. */
  readonly server: string;
  /** Path of the key that signs every request. Undefined: requests are not signed. It is read at each connection. */
  readonly tsigKeyFile?: string | undefined;
  /** Milliseconds for connecting, and for each response. */
  readonly timeout: number;
}

/** One message of a response, with its octets. */
export interface Response {
  readonly message: Message;
  readonly octets: Buffer;
}

/** A TCP connection (RFC 7766) for several requests, one after the other. */
export interface Connection {
  /**
   * Sends a request and reads its response. Every message is verified if the server has a key.
   *
   * @param request unsigned, with the id 0
   * @param isLast whether the response ends with this message
   * @throws RollcallError `DNS_UNREACHABLE`, `DNS_ANSWER`, or `DNS_REFUSED` when the server does not accept the signature; the signal's reason
   */
  ask(request: Buffer, signal: AbortSignal, isLast?: (response: Response) => boolean): Promise<Response[]>;
  close(): void;
}

/** @throws as `Connection.ask`; RollcallError `TSIG_KEY` */
export async function openConnection(
  { server, tsigKeyFile, timeout }: ServerOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<Connection> {
  const key = tsigKeyFile === undefined ? undefined : await readTsigKey(tsigKeyFile);
  const late = () => new RollcallError('DNS_UNREACHABLE', `${server} does not answer within ${timeout} ms`);
  const socket = await withDeadline({ timeout, clock, signals: [signal], late }, (limit) => dial(server, limit));
  const stream = readMessages(socket);
  let id = Math.floor(Math.random() * 0x1_0000);

  return {
    async ask(request, itsSignal, isLast = () => true) {
      id = (id + 1) & 0xffff;
      request.writeUInt16BE(id, 0);
      const now = () => clock.wall() / 1000;
      const signature = key && signRequest(request, key, now());
      const verifier = key && signature && createVerifier(key, signature.mac, now);
      const octets = signature?.signed ?? request;
      const responses: Response[] = [];
      try {
        socket.write(Buffer.concat([Buffer.of(octets.length >> 8, octets.length & 0xff), octets]));
        for (;;) {
          const read = await withDeadline({ timeout, clock, signals: [itsSignal], late }, (limit) =>
            stream.next(limit),
          );
          const message = decodeMessage(read);
          if (message.id !== id || !message.isResponse) throw new DnsFormatError('it is no response to the request');
          verifier?.verify(read, message);
          const response = { message, octets: read };
          responses.push(response);
          if (isLast(response)) break;
        }
        verifier?.finish();
        return responses;
      } catch (error) {
        socket.destroy();
        throw explain(error, server, key);
      }
    },
    close() {
      socket.destroy();
    },
  };
}

function explain(error: unknown, server: string, key: TsigKey | undefined): unknown {
  if (error instanceof DnsFormatError)
    return new RollcallError('DNS_ANSWER', `the response of ${server} cannot be read: ${error.message}`);
  if (error instanceof TsigError)
    return new RollcallError('DNS_REFUSED', `${server}, key ${key?.name ?? ''}: ${error.message}`, { cause: error });
  return error;
}

function dial(server: string, signal: AbortSignal): Promise<Socket> {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(server) ?? [];
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port: Number(port), noDelay: true });
    const end = (): void => {
      socket.destroy();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', end, { once: true });
    socket.once('error', (cause) => {
      signal.removeEventListener('abort', end);
      reject(new RollcallError('DNS_UNREACHABLE', `cannot connect to ${server}: ${cause.message}`, { cause }));
    });
    socket.once('connect', () => {
      signal.removeEventListener('abort', end);
      resolve(socket);
    });
    if (signal.aborted) end();
  });
}

/** The messages of a connection: each follows its length in two octets (RFC 1035 section 4.2.2). */
function readMessages(socket: Socket): { next(signal: AbortSignal): Promise<Buffer> } {
  let chunks: Buffer[] = [];
  let size = 0;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    wake?.();
  });
  const fail = (cause?: Error): void => {
    failure ??= new RollcallError(
      'DNS_UNREACHABLE',
      `${socket.remoteAddress ?? 'the server'} closed the connection before it answered`,
      cause && { cause },
    );
    wake?.();
  };
  socket.on('error', fail);
  socket.on('close', () => {
    fail();
  });
  const take = (): Buffer | undefined => {
    if (size < 2) return undefined;
    if (chunks.length > 1 && (chunks[0]?.length ?? 0) < 2) chunks = [Buffer.concat(chunks)];
    const length = (chunks[0]?.readUInt16BE(0) ?? 0) + 2;
    if (size < length) return undefined;
    const all = Buffer.concat(chunks);
    chunks = all.length > length ? [all.subarray(length)] : [];
    size = all.length - length;
    return all.subarray(2, length);
  };
  return {
    async next(signal) {
      for (;;) {
        signal.throwIfAborted();
        const message = take();
        if (message) return message;
        if (failure) throw failure;
        await new Promise<void>((resolve) => {
          const end = (): void => {
            signal.removeEventListener('abort', end);
            wake = undefined;
            resolve();
          };
          wake = end;
          signal.addEventListener('abort', end, { once: true });
        });
      }
    },
  };
}
