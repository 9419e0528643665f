import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { atEnd } from './at-end.js';

/** A name server for tests that knows nothing but the serial of every zone. */
export interface SoaServer {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Questions so far. */
  readonly questions: () => number;
  /** What it answers from now on: a serial, REFUSED, or nothing at all. */
  answer(how: number | 'refused' | 'silent'): void;
}

const open = new Set<() => void>();

/** Answers each SOA question over UDP (RFC 1035 section 4.1). */
export async function startSoaServer(first: number | 'refused' | 'silent'): Promise<SoaServer> {
  let how = first;
  let questions = 0;
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    questions += 1;
    if (how === 'silent') return;
    const end = question.indexOf(0, 12) + 5;
    const asked = question.subarray(12, end);
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(how === 'refused' ? 0x8405 : 0x8400, 2);
    header.writeUInt16BE(how === 'refused' ? 0 : 1, 6);
    header.fill(0, 8);
    if (how === 'refused') {
      socket.send(Buffer.concat([header, asked]), port, address);
      return;
    }
    // A pointer to the name of the question, then type, class, TTL and length; both names of the data are the root.
    const record = Buffer.alloc(12 + 22);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(6, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt16BE(22, 10);
    record.writeUInt32BE(how, 14);
    socket.send(Buffer.concat([header, asked, record]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  open.add(() => socket.close());
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions: () => questions,
    answer(next) {
      how = next;
    },
  };
}

atEnd(() => {
  for (const close of open) close();
  open.clear();
});
