// One small HTTP service that registers itself in etcd under a lease and keeps the lease alive while it lives.
//   node backend.mjs NAME PORT ETCD_ENDPOINT TTL_SECONDS
// It speaks etcd's JSON gateway, so that it needs no library. Prints one line when its key is acknowledged.
import { createServer } from 'node:http';

const [name, port, endpoint, ttl] = process.argv.slice(2);
const base64 = (text) => Buffer.from(text).toString('base64');

async function etcd(path, body) {
  const response = await fetch(`${endpoint}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`etcd answered ${response.status} to ${path}`);
  return response.json();
}

createServer((_request, response) => response.end(name)).listen(Number(port), '127.0.0.1', async () => {
  const { ID } = await etcd('lease/grant', { TTL: Number(ttl) });
  const value = JSON.stringify({ address: '127.0.0.1', port: Number(port), tags: ['quickstart'] });
  await etcd('kv/put', { key: base64(`/services/web/${name}`), value: base64(value), lease: ID });
  console.log(`registered ${performance.timeOrigin + performance.now()}`);
  setInterval(() => void etcd('lease/keepalive', { ID }), (Number(ttl) * 1000) / 3);
});
