import { connect } from 'node:net';

/** The bytes that a server on a port of the loopback address sends to a client; '' when it sends none. */
export function listenTo(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    socket.once('error', reject).once('close', () => {
      resolve(said);
    });
  });
}
