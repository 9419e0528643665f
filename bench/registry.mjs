// A real etcd for the benchmark, and the registrations in it. Puts use the JSON gateway, so that no client library adds to the
// measured time.
import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { keyOf, prefix, usual, valueOf } from './registrations.mjs';
import { until } from './time.mjs';

export const program = process.env.ETCD || 'etcd';
const base64 = (text) => Buffer.from(text).toString('base64');

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startRegistry(dir) {
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const flags = {
    'data-dir': join(dir, 'etcd'),
    'listen-client-urls': endpoint,
    'advertise-client-urls': endpoint,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    'quota-backend-bytes': 4 * 2 ** 30,
    'max-txn-ops': 1000,
    'log-level': 'error',
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(program, args, { stdio: 'ignore' });
  const failed = new Promise((_resolve, reject) => {
    child.once('error', (error) =>
      reject(new Error(`etcd cannot be started: ${error.message}. Install etcd-server, or set ETCD to its path`)),
    );
  });
  failed.catch(() => undefined);

  function call(path, body) {
    return new Promise((resolve, reject) => {
      const options = { method: 'POST', agent, headers: { 'content-type': 'application/json' } };
      const asked = request(endpoint + path, options, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        answer.on('end', () => (answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text))));
      });
      asked.on('error', reject).end(JSON.stringify(body));
    });
  }

  const isUp = () =>
    call('/v3/maintenance/status', {}).then(
      () => true,
      () => false,
    );
  if ((await Promise.race([until(isUp, 15_000, 50), failed])) === undefined) throw new Error('etcd did not start');

  let spread = usual;
  return {
    endpoint,
    /** Sets the port of instance `i`. */
    put: (i, port) => call('/v3/kv/put', { key: base64(keyOf(i, spread)), value: base64(valueOf(i, port)) }),
    putKey: (key, value) => call('/v3/kv/put', { key: base64(key), value: base64(value) }),
    /** The number of range calls that etcd has taken so far, from its metrics. */
    async countRanges() {
      const text = await (await fetch(`${endpoint}/metrics`)).text();
      const lines = text.match(/^grpc_server_started_total\{[^}]*grpc_method="Range"[^}]*\} (\d+)$/gm) ?? [];
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    /** Replaces all registrations by so many instances, spread over services and sources. */
    async fill({ instances: count, ...over }) {
      spread = { ...usual, ...over };
      await call('/v3/kv/deleterange', { key: base64(prefix), range_end: base64('/services0') });
      for (let from = 0; from < count; from += 100) {
        const numbers = Array.from({ length: Math.min(100, count - from) }, (_, at) => from + at);
        const success = numbers.map((i) => ({
          requestPut: { key: base64(keyOf(i, spread)), value: base64(valueOf(i, 1000)) },
        }));
        await call('/v3/kv/txn', { compare: [], success, failure: [] });
      }
    },
    async stop() {
      agent.destroy();
      const over = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await over;
    },
  };
}
