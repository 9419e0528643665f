import { statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent, createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ProcessStatus, TargetStatus } from '../../src/model/status.js';
import { readServers, type RunningBackends } from '../../src/reload/haproxy/answers.js';
import { askAdmin } from '../support/admin.js';
import { startBackend, type Backend } from '../support/backend.js';
import { describeWith, needs } from '../support/binaries.js';
import { rollcall as runCommand, type Line, type Running } from '../support/command.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { createHaproxyPlace, type HaproxyPlace, type HaproxyPlaceOptions } from '../support/haproxy-place.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';

const names = ['one', 'two', 'three', 'four'];

/** The body of a 200. @throws Error for any other end, also when the connection breaks */
function ask(port: number, agent: Agent | false): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('error', reject).on('end', () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`status ${response.statusCode ?? 0}`));
      });
    });
    sent.on('error', reject).end();
  });
}

describe.each(['haproxy', 'haproxy-current'] as const)('%s', (program) => {
  describeWith(program, 'updates of the running process', () => {
    needs('etcd');
    let etcd: EtcdServer;
    let backends: readonly Backend[];
    let world: HaproxyPlace;
    let rollcall: Running;
    let count = 0;

    beforeAll(async () => {
      etcd = await startEtcd();
      backends = await Promise.all(names.map(startBackend));
    });
    afterEach(async () => {
      await rollcall.end();
      await world.stop();
    });
    afterAll(async () => {
      await Promise.all(backends.map((backend) => backend.stop()));
      await etcd.stop();
    });

    const portOf = (index: number): number => backends[index]?.port ?? 0;
    const instance = (index: number, more: object = {}): object => ({
      address: '127.0.0.1',
      port: portOf(index),
      ...more,
    });
    const server = (index: number, weight = 1): string => `127.0.0.1:${portOf(index)} ${weight}`;
    const updated = (line: Line): boolean => line.result === 'updated';
    const troubles = (): readonly Line[] =>
      rollcall.lines().filter(({ level, target }) => target === 'haproxy' && (level === 'error' || level === 'warn'));
    const reloads = (): number => rollcall.lines().filter((line) => line.reloadMs !== undefined).length;

    async function begin(options: Omit<HaproxyPlaceOptions, 'prefix' | 'program'> = {}): Promise<void> {
      world = await createHaproxyPlace(etcd, { program, prefix: `/${program}/${(count += 1)}/`, ...options });
      await world.put('web', '1', instance(0));
      rollcall = world.run();
      await world.serves('web', [server(0)], rollcall);
      await rollcall.line((line) => line.result === 'reloaded', 'the first reload');
      await until(async () => (await world.haproxy.workers()).length === 1, { what: 'one worker' });
    }

    it('adds, weighs, drains and removes servers without a reload', async () => {
      await begin({ target: { vars: { defaultServer: 'inter 2s rise 2 fall 3 maxconn 100', check: 'tcp' } } });
      const [workers, before] = [await world.haproxy.workers(), reloads()];
      await world.put('web', '2', instance(1));
      await world.serves('web', [server(0), server(1)], rollcall);
      const both = new Set(await Promise.all(Array.from({ length: 8 }, () => ask(world.port, false))));
      expect([...both].sort()).toEqual(['one', 'two']);
      await world.put('web', '2', instance(1, { weight: 7 }));
      await world.serves('web', [server(0), server(1, 7)], rollcall);
      await world.put('web', '1', instance(0, { status: 'draining' }));
      await world.serves('web', [server(0, 0), server(1, 7)], rollcall);
      for (let times = 0; times < 6; times += 1) expect(await ask(world.port, false)).toBe('two');
      await world.remove('web', '1');
      await world.serves('web', [server(1, 7)], rollcall);
      await until(async () => !(await world.haproxy.ask('show servers state web')).includes(`_${portOf(0)} `), {
        what: 'the server being gone',
      });
      await world.put('web', '1', instance(0));
      await world.serves('web', [server(0), server(1, 7)], rollcall);
      await world.put('web', '3', { address: '::1', port: portOf(2) });
      await world.serves('web', [server(0), server(1, 7), `::1:${portOf(2)} 1`], rollcall);
      expect(await world.haproxy.workers()).toEqual(workers);
      expect(reloads()).toBe(before);
      expect(troubles()).toEqual([]);
      await rollcall.line(updated, 'an update');
    });

    it('takes 60 changes under load without a reload, a failed request or a closed connection', async () => {
      await begin();
      const [workers, before] = [await world.haproxy.workers(), reloads()];
      const failures: string[] = [];
      const answers = new Set<string>();
      const seen = new WeakSet<object>();
      let [over, requests, closed] = [false, 0, 0];
      const agents = Array.from({ length: 3 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
      for (const agent of agents)
        agent.on('free', (socket: Socket) => {
          if (!seen.has(socket)) socket.once('close', count);
          seen.add(socket);
        });
      function count(): void {
        if (!over) closed += 1;
      }
      const clients = [...agents, false as const, false as const].map(async (agent) => {
        while (!over) {
          requests += 1;
          await ask(world.port, agent).then(
            (body) => answers.add(body),
            (error: unknown) => failures.push(String(error)),
          );
        }
      });
      const expected = new Map([['1', server(0)]]);
      for (let change = 0; change < 60; change += 1) {
        const index = 1 + (change % 3);
        const id = `c${index}`;
        const round = Math.floor(change / 3) % 4;
        if (round === 3) await world.remove('web', id);
        else if (round === 2) await world.put('web', id, instance(index, { status: 'draining' }));
        else await world.put('web', id, instance(index, { weight: 1 + change }));
        if (round === 3) expected.delete(id);
        else expected.set(id, server(index, round === 2 ? 0 : 1 + change));
        await world.serves('web', [...expected.values()], rollcall);
      }
      await until(async () => !(await world.haproxy.ask('show servers state web')).includes(`_${portOf(2)} `), {
        what: 'the servers being gone',
        deadline: 30_000,
      });
      over = true;
      await Promise.all(clients);
      for (const agent of agents) agent.destroy();
      expect(failures).toEqual([]);
      expect(closed).toBe(0);
      expect(requests).toBeGreaterThan(200);
      expect([...answers].sort()).toEqual(names.toSorted());
      expect(await world.haproxy.workers()).toEqual(workers);
      expect(reloads()).toBe(before);
      expect(troubles()).toEqual([]);
    });

    it('lets an open connection end before it removes its server', async () => {
      const slow = await startSlowBackend();
      await begin();
      await world.put('web', '2', { address: '127.0.0.1', port: slow.port, weight: 200 });
      await world.serves('web', [server(0), `127.0.0.1:${slow.port} 200`], rollcall);
      const answers: Promise<string>[] = [];
      await until(
        () => {
          answers.push(ask(world.port, false));
          return slow.waiting() > 0;
        },
        { what: 'a request at the slow server', every: 50 },
      );
      await world.remove('web', '2');
      await world.serves('web', [server(0)], rollcall);
      await until(async () => (await statusOf())?.runtime?.leaving === 1, { what: 'a server leaving' });
      expect(await world.haproxy.ask('show servers state web')).toContain(`_${slow.port} `);
      slow.finish();
      expect(await Promise.all(answers)).toContain('slow');
      await until(async () => !(await world.haproxy.ask('show servers state web')).includes(`_${slow.port} `), {
        what: 'the server being gone',
        deadline: 40_000,
      });
      await until(async () => (await statusOf())?.runtime?.leaving === 0, { what: 'no server leaving' });
      await slow.stop();
    });

    it('reloads for a new backend, and goes on without a reload afterwards', async () => {
      await begin();
      const before = reloads();
      await world.put('api', '1', instance(1));
      await world.serves('api', [server(1)], rollcall);
      await until(() => reloads() > before, { what: 'the reload' });
      expect(reloads()).toBe(before + 1);
      expect(rollcall.lines().findLast((line) => line.reloadReason !== undefined)?.reloadReason).toBe(
        `\`backend api\` is new in ${world.backends}`,
      );
      await until(async () => (await world.haproxy.workers()).length === 1, { what: 'one worker' });
      await world.put('api', '2', instance(2));
      await world.put('web', '2', instance(2));
      await world.serves('api', [server(1), server(2)], rollcall);
      await world.serves('web', [server(0), server(2)], rollcall);
      expect(reloads()).toBe(before + 1);
      expect(troubles()).toEqual([]);
    });

    it('knows the process after a restart of rollcall, and after a reload by another program', async () => {
      await begin();
      await world.put('web', '2', instance(1));
      await world.serves('web', [server(0), server(1)], rollcall);
      await rollcall.end();
      await world.put('web', '3', instance(2));
      rollcall = world.run();
      await world.serves('web', [server(0), server(1), server(2)], rollcall);
      await rollcall.line((line) => line.result === 'updated', 'an update');
      expect(reloads()).toBe(0);
      // The start of a process is known by the second.
      await until(() => Date.now() / 1000 > Math.floor(writtenAt(world.backends) + 1), { what: 'the next second' });
      const workers = await world.haproxy.workers();
      process.kill(world.haproxy.pid, 'SIGUSR2');
      await until(async () => (await world.haproxy.workers()).every((pid) => !workers.includes(pid)), {
        what: 'another worker',
      });
      await world.put('web', '4', instance(3));
      await world.serves('web', [server(0), server(1), server(2), server(3)], rollcall);
      expect(reloads()).toBe(0);
      expect(troubles()).toEqual([]);
    });

    it('undoes what others do at the socket in its own backends, and leaves all others alone', async () => {
      await begin();
      await world.haproxy.ask(`set server web/127.0.0.1_${portOf(0)} weight 99`);
      await world.haproxy.ask('add server web/stranger 127.0.0.1:9');
      await world.haproxy.ask('set server web/stranger state ready');
      await world.haproxy.ask('set server other/kept weight 42');
      rollcall.send('SIGHUP');
      await world.serves('web', [server(0)], rollcall);
      expect(await world.servers('other')).toEqual(['127.0.0.1:9 42']);
      expect(reloads()).toBe(1);
    });

    it('falls back to the reload where HAProxy refuses, and says it everywhere', async () => {
      const defaults =
        'defaults\n  mode http\n  balance static-rr\n  timeout connect 2s\n  timeout client 5s\n  timeout server 5s\n';
      await begin({ defaults });
      const before = reloads();
      await world.put('web', '2', instance(1));
      await world.serves('web', [server(0), server(1)], rollcall);
      const why =
        'HAProxy refuses to add a server in backend web: "Backend must use a dynamic load balancing to support dynamic servers."';
      await rollcall.line(({ level, reason }) => level === 'warn' && reason === why, 'the warning');
      await until(() => reloads() === before + 1, { what: 'the reload' });
      await until(async () => (await statusOf())?.runtime?.fellBack?.reason === why, { what: 'the status' });
      expect((await statusOf())?.runtime?.fellBack?.isRefused).toBe(true);
      const socketPath = world.place.at('state', 'admin.sock');
      const { stdout } = await runCommand(['events', '-c', world.place.file]);
      const told = stdout.match(/ fell-back target=haproxy .* reason="HAProxy refuses to add .* isRefused=true$/gm);
      expect(told?.length).toBeGreaterThan(0);
      // Each pass before the reload asks HAProxy again: it tells an event, and counts.
      const metrics = (await askAdmin({ socketPath, path: '/metrics' })).text;
      expect(metrics).toContain(`rollcall_target_updates_total{target="haproxy",code="refused"} ${told?.length}\n`);
      const status = await runCommand(['status', 'haproxy', '-c', world.place.file]);
      expect(status.stdout).toContain('runtime fell back to a reload');
    });

    it('does not add a server that would lack what a `defaults` section says, until it is told', async () => {
      const defaults =
        'defaults\n  mode http\n  default-server check inter 1s\n  timeout connect 2s\n  timeout client 5s\n  timeout server 5s\n';
      await begin({ defaults });
      await world.put('web', '2', instance(1));
      await world.serves('web', [server(0), server(1)], rollcall);
      await rollcall.line(
        ({ reloadReason }) => String(reloadReason).includes('haproxyRuntime.defaultServer'),
        'the advice',
      );
      await rollcall.end();
      await world.stop();
      await begin({ defaults, runtime: { defaultServer: 'check inter 1s' } });
      const before = reloads();
      await world.put('web', '2', instance(1));
      await world.serves('web', [server(0), server(1)], rollcall);
      await rollcall.line(updated, 'an update');
      expect(reloads()).toBe(before);
      const { isChecked } = await checkOf(`127.0.0.1_${portOf(1)}`);
      expect(isChecked).toBe(true);
    });

    it('is checked by `validate`', async () => {
      await begin();
      const validate = () => runCommand(['validate', '-c', world.place.file]);
      expect(await validate()).toMatchObject({ code: 0 });
      const { socket } = world.haproxy;
      const config = await readFile(world.place.file, 'utf8');
      await writeFile(world.place.file, config.replace(`socket: ${socket}`, `socket: ${socket}.operator`));
      await rollcall.end();
      await world.haproxy.stop();
      const silent = await validate();
      expect(silent.code).toBe(1);
      expect(silent.stderr).toContain(`Start HAProxy with \`stats socket ${socket}.operator level admin\``);
      await world.restart({ global: `  stats socket ${socket}.operator mode 600 level operator\n` });
      const weak = await validate();
      expect(weak.code).toBe(1);
      expect(weak.stderr).toContain('has the level operator: HAProxy refuses to change servers over it');
    });

    it('works over a TCP address', async () => {
      const port = await freePort();
      await begin({
        global: `  stats socket ipv4@127.0.0.1:${port} level admin\n`,
        runtime: { socket: undefined, address: `127.0.0.1:${port}` },
      });
      const before = reloads();
      await world.put('web', '2', instance(1));
      await world.serves('web', [server(0), server(1)], rollcall);
      await world.put('api', '1', instance(2));
      await world.serves('api', [server(2)], rollcall);
      await world.put('api', '2', instance(3));
      await world.serves('api', [server(2), server(3)], rollcall);
      expect(reloads()).toBe(before + 1);
      expect(troubles()).toEqual([]);
    });

    async function checkOf(name: string): Promise<{ readonly isChecked: boolean }> {
      const running: RunningBackends = new Map();
      readServers(await world.haproxy.ask('show servers state web'), running);
      return { isChecked: running.get('web')?.get(name)?.isChecked === true };
    }

    async function statusOf(): Promise<TargetStatus | undefined> {
      const answer = await askAdmin({ socketPath: world.place.at('state', 'admin.sock'), path: '/api/status' });
      return (answer.json as ProcessStatus).targets[0];
    }
  });
});

const writtenAt = (path: string): number => statSync(path).ctimeMs / 1000;

/** Answers each request only when `finish` is called. */
async function startSlowBackend() {
  const waiting: ServerResponse[] = [];
  let isOver = false;
  const listener = createServer((_request, response) => {
    if (isOver) response.end('slow');
    else waiting.push(response);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    waiting: () => waiting.length,
    finish() {
      isOver = true;
      for (const response of waiting) response.end('slow');
    },
    stop: () =>
      new Promise((resolve) => {
        listener.close(resolve);
        listener.closeAllConnections();
      }),
  };
}
