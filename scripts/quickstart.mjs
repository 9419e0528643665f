#!/usr/bin/env node
// The main job, on real servers of its own: an etcd, three small services under leases, rollcall, and an nginx in front.
// One service is killed without goodbye, one is added; what nginx serves is measured all the while.
//   npm run quickstart            shows it and leaves nothing behind
//   npm run quickstart -- --keep  stays up until Ctrl-C
import { mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { privateBase } from './private-base.mjs';
import { find, freePorts, start, stop, stopAll, until } from './quickstart/processes.mjs';
import { createTraffic } from './quickstart/traffic.mjs';

// Set before anything is started: however this script ends, it leaves no process and no folder behind.
let staysUp = false;
const interrupted = new Promise((resolve, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => (staysUp ? resolve() : reject(new Error(`interrupted by ${signal}`))));
});

const keep = process.argv.includes('--keep');
const ttl = 3;
const dir = mkdtempSync(join(privateBase(), 'rollcall-quickstart-'));
chmodSync(dir, 0o755); // nginx's workers run as another user
const upstreams = join(dir, 'upstreams.conf');
const now = () => performance.timeOrigin + performance.now();
const bold = (text) => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);
const title = (text) => console.log(`\n${bold(text)}`);
const indent = (text) => text.trimEnd().replace(/^/gm, '    ');
const ms = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

async function main() {
  const [etcdPort, peerPort, nginxPort, ...servicePorts] = await freePorts(7);
  const endpoint = `http://127.0.0.1:${etcdPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;

  title('1. A real etcd, a real nginx, three services that register themselves');
  const etcd = start('etcd', find('etcd'), [
    ...['--data-dir', join(dir, 'etcd'), '--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
    ...['--log-level', 'error'],
  ]);
  const answers = () =>
    fetch(`${endpoint}/health`).then(
      (response) => response.ok,
      () => false,
    );
  await until('etcd answers', answers, { alive: etcd });

  const service = async (name, port) => {
    let registeredAt;
    const onLine = (line) => (registeredAt ??= line.startsWith('registered ') ? Number(line.split(' ')[1]) : undefined);
    const backend = start(
      name,
      process.execPath,
      [join(import.meta.dirname, 'quickstart', 'backend.mjs'), name, String(port), endpoint, String(ttl)],
      { onLine },
    );
    await until(`${name} is registered`, () => registeredAt, { alive: backend });
    return { ...backend, name, port, registeredAt };
  };
  const services = [];
  for (const name of ['web-1', 'web-2', 'web-3']) services.push(await service(name, servicePorts.shift()));

  const nginxConf = join(dir, 'nginx.conf');
  writeFileSync(upstreams, 'upstream web { server 127.0.0.1:9 down; }\n');
  writeFileSync(nginxConf, nginxConfig(nginxPort));
  const nginxArgs = ['-p', dir, '-c', nginxConf, '-e', join(dir, 'error.log')];
  const nginx = start('nginx', find('nginx'), nginxArgs);
  const traffic = createTraffic(nginxPort);
  await until('nginx answers', () => traffic.ask().then(({ status }) => status !== 0), { alive: nginx });
  console.log(
    `    etcd ${endpoint}   nginx http://127.0.0.1:${nginxPort}   services ${services.map(({ name, port }) => `${name}:${port}`).join(' ')}`,
  );

  title('2. rollcall writes the services into nginx');
  const config = join(dir, 'rollcall.yaml');
  writeFileSync(config, rollcallConfig(endpoint));
  console.log(indent(readFileSync(config, 'utf8')));
  const log = [];
  const rollcall = start(
    'rollcall',
    process.execPath,
    [join(import.meta.dirname, '..', 'dist', 'cli', 'main.js'), 'run', '-c', config],
    { onLine: (line) => log.push(line), env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } },
  );
  const reloads = () => log.filter((line) => line.includes('reloadMs')).map((line) => JSON.parse(line));
  await until('the first reload is acknowledged', () => reloads().length > 0, { alive: rollcall });
  await until('nginx serves all three, and nothing else', () => traffic.serves(services.map(({ name }) => name)), {
    alive: rollcall,
  });
  title(`   ${upstreams}, as it wrote it`);
  console.log(indent(readFileSync(upstreams, 'utf8')));
  title('   and 300 requests through nginx spread over');
  console.log(indent(await traffic.spread(300)));

  title(`3. web-2 is killed without goodbye (its lease of ${ttl} s has to run out first)`);
  const nextReload = async (known) => {
    await until('the reload is acknowledged', () => reloads().length > known, { alive: rollcall });
    return reloads().at(-1);
  };
  const steady = traffic.startSteady();
  const whole = readFileSync(upstreams, 'utf8');
  const killedAt = now();
  const reloadsBefore = reloads().length;
  await stop(services[1], 'SIGKILL');
  await until('the file is without web-2', () => readFileSync(upstreams, 'utf8') !== whole, { alive: rollcall });
  const fileAt = now();
  const removal = await nextReload(reloadsBefore);
  const gone = await until('nginx leaves web-2 alone', () => traffic.lastTried(services[1].port, 1100), {
    deadline: 5000,
  });
  const without = readFileSync(upstreams, 'utf8');
  console.log(indent(difference(whole, without)));
  console.log(`    its key left etcd, and rollcall swapped the file, ${ms(fileAt - killedAt)} after the kill`);
  console.log(
    `    reload acknowledged ${ms(removal.reloadMs)} after the event; nginx tried web-2 for the last time ${gone < fileAt ? 'before that' : `${ms(gone - fileAt)} after the swap`}`,
  );
  const corpse = steady.count();

  // After a reload the next one waits for `minInterval`, 1 s by default. This one must come after a quiet time.
  await sleep(1100);
  title('4. web-4 is added');
  const added = await service('web-4', servicePorts.shift());
  const servedAt = await until('nginx serves web-4', () => traffic.firstSeen('web-4'), { alive: rollcall });
  const addition = await nextReload(reloadsBefore + 1);
  console.log(indent(difference(without, readFileSync(upstreams, 'utf8'))));
  console.log(
    `    file swapped ${ms(addition.swapMs)} and reload acknowledged ${ms(addition.reloadMs)} after the event reached rollcall`,
  );
  console.log(
    `    nginx served it ${ms(Math.max(0, servedAt - added.registeredAt))} after etcd had acknowledged its key`,
  );

  await steady.stop();
  const total = steady.count();
  title('5. The steady traffic through all of it');
  console.log(
    `    ${total.requests} requests, ${total.failed} failed, ${total.retried} were tried on the corpse first and passed on by nginx`,
  );
  if (total.failed > corpse.failed) throw new Error('requests failed after the dead service had left the file');
  if (corpse.failed > 0)
    console.log(
      `    the ${corpse.failed} failures hit web-2 between its death and the end of its lease, when etcd still had its key`,
    );

  if (keep) await stayUp({ endpoint, nginxPort, config });
}

async function stayUp({ endpoint, nginxPort, config }) {
  title('All of it stays up until Ctrl-C');
  console.log(
    `    curl http://127.0.0.1:${nginxPort}/\n    cat ${upstreams}\n    node dist/cli/main.js services -c ${config}`,
  );
  console.log(`    ETCDCTL_API=3 etcdctl --endpoints ${endpoint} get --prefix /services/`);
  staysUp = true;
  await new Promise(() => setInterval(() => undefined, 60_000));
}

function nginxConfig(port) {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `  ${kind}_temp_path ${join(dir, `${kind}_temp`)};`,
  );
  return `daemon off;
pid ${join(dir, 'nginx.pid')};
events {}
http {
  access_log off;
${temp.join('\n')}
  include ${upstreams};
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://web;
      proxy_connect_timeout 1s;
      add_header X-Upstream $upstream_addr always;
    }
  }
}
`;
}

function rollcallConfig(endpoint) {
  return `etcd: { endpoints: [${endpoint}] }
stateDir: ./state
sources:
  - { name: services, prefix: /services/ }
targets:
  - name: nginx
    expect: [web]
    files:
      - { path: ./upstreams.conf, template: nginx-upstreams }
    check: [nginx, -p, ./, -c, nginx.conf, -e, error.log, -t]
    reload: { command: [nginx, -p, ./, -c, nginx.conf, -e, error.log, -s, reload] }
`;
}

/** Lines that went and lines that came. */
function difference(before, after) {
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  const went = old.filter((line) => !fresh.includes(line)).map((line) => `- ${line}`);
  const came = fresh.filter((line) => !old.includes(line)).map((line) => `+ ${line}`);
  return [...went, ...came].join('\n');
}

let failure;
try {
  await Promise.race([main(), interrupted]);
} catch (error) {
  failure = error;
} finally {
  await stopAll();
  await sleep(0);
  rmSync(dir, { recursive: true, force: true });
}
if (failure) {
  console.error(`\nquickstart failed: ${failure.message}`);
  process.exit(1);
}
console.log('\nEverything is stopped and removed. Next: README.md shows how to do this with your own services.');
process.exit(0);
