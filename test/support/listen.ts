import { connect } from 'node:net';

/** What is said to whoever connects to a port of the loopback address; '' when the connection ends without a word. */
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
