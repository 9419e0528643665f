import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeWith, needs } from '../support/binaries.js';
import type { Running } from '../support/command.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { createHaproxyPlace, type HaproxyPlace } from '../support/haproxy-place.js';
import { until } from '../support/poll.js';
import { askStatus } from './observer.js';

const crashing = join(import.meta.dirname, 'crashing.mjs');
const address = '10.9.0.1';
const instance = (port: number, weight = 1): object => ({ address, port, weight });
const server = (port: number, weight = 1): string => `${address}:${port} ${weight}`;

describe.each(['haproxy', 'haproxy-current'] as const)('%s', (program) => {
  describeWith(program, 'a fault of a HAProxy that is updated while it runs', () => {
    needs('etcd');
    let etcd: EtcdServer;
    let world: HaproxyPlace;
    let rollcall: Running;
    let count = 0;

    beforeAll(async () => {
      etcd = await startEtcd();
    });
    afterEach(async () => {
      await rollcall.end('SIGKILL');
      await world.stop();
    });
    afterAll(() => etcd.stop());

    async function begin(runtime: object = {}): Promise<void> {
      world = await createHaproxyPlace(etcd, { program, prefix: `/${program}/${(count += 1)}/`, runtime });
      await world.put('web', 'a', instance(8000));
      rollcall = world.run();
      await world.serves('web', [server(8000)], rollcall);
      await inStep();
    }

    /** The process says that it is in step, with nothing pending. */
    async function inStep(): Promise<void> {
      const socket = world.place.at('state', 'admin.sock');
      await until(
        async () => {
          const [target] = (await askStatus(socket))?.targets ?? [];
          return target?.inStep === true && target.pendingReload === null;
        },
        { what: 'the process being in step', deadline: 75_000, every: 50 },
      );
    }

    it('leads to the set of etcd after a kill of rollcall at each step of a change', async () => {
      await begin();
      await rollcall.end('SIGKILL');
      let port = 8000;
      for (const step of ['stage', 'stage:0', 'staged', 'swap:0', 'swapped', 'checked', 'cleaned']) {
        port += 1;
        // One server comes, one changes, one leaves.
        await world.put('web', 'a', instance(8000, port - 8000));
        await world.put('web', 'b', instance(port));
        const child = spawn(process.execPath, [crashing, world.place.file, step], { stdio: 'ignore' });
        const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
        expect(signal, `the end at ${step}`).toBe('SIGKILL');
        rollcall = world.run();
        await world.serves('web', [server(8000, port - 8000), server(port)], rollcall);
        await inStep();
        await rollcall.end('SIGKILL');
      }
    });

    it('leads to the set of etcd after kills of rollcall at any moment of an update', async () => {
      await begin();
      for (let round = 0; round < 12; round += 1) {
        const ports = Array.from({ length: 30 }, (_, index) => 9000 + round * 100 + index);
        await Promise.all(ports.map((port, index) => world.put('web', `n${index}`, instance(port))));
        // The commands of a change begin some milliseconds after the put.
        await new Promise((resolve) => setTimeout(resolve, round * 3));
        await rollcall.end('SIGKILL');
        rollcall = world.run();
        await world.serves('web', [server(8000), ...ports.map((port) => server(port))], rollcall);
      }
      await inStep();
    });

    it('leads to the set of etcd after kills of HAProxy at any moment', async () => {
      await begin();
      for (let round = 0; round < 5; round += 1) {
        const ports = Array.from({ length: 10 }, (_, index) => 9000 + round * 100 + index);
        const puts = Promise.all(ports.map((port, index) => world.put('web', `n${index}`, instance(port, round + 1))));
        await new Promise((resolve) => setTimeout(resolve, round * 10));
        await world.kill();
        await puts;
        await world.restart();
        await world.serves('web', [server(8000), ...ports.map((port) => server(port, round + 1))], rollcall);
        await inStep();
      }
    });

    it('leads to the set of etcd when both are killed', async () => {
      await begin();
      await Promise.all([world.put('web', 'b', instance(8001)), rollcall.end('SIGKILL'), world.kill()]);
      await world.remove('web', 'a');
      await world.restart();
      rollcall = world.run();
      await world.serves('web', [server(8001)], rollcall);
      await inStep();
    });

    it('is waited for no longer than `timeout`, and heals by itself', async () => {
      await begin({ timeout: '300ms' });
      const pids = [world.haproxy.pid, ...(await world.haproxy.workers())];
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      try {
        await world.put('web', 'b', instance(8001));
        await rollcall.line(
          ({ level, reason }) => level === 'warn' && String(reason).includes('within 300 ms'),
          'the warning',
        );
      } finally {
        for (const pid of pids) process.kill(pid, 'SIGCONT');
      }
      await world.serves('web', [server(8000), server(8001)], rollcall);
      await inStep();
    });
  });
});
