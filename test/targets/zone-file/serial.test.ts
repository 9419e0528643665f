import { readFile, rm, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Check, CheckVerdict } from '../../../src/ports/check.js';
import { pass } from '../../contract/target.js';
import { makeService, makeView } from '../../render/views.js';
import { startSoaServer } from '../../support/soa-server.js';
import { now, openZoneWorld } from './world.js';

const viewOf = (...addresses: string[]) =>
  makeView({
    services: [
      makeService(
        'web',
        addresses.map((address, at) => ({ id: `i${at}`, key: `/i${at}`, address })),
      ),
    ],
  });
const serialOf = async (path: string): Promise<number> =>
  Number(/(\d+) ; serial/.exec(await readFile(path, 'utf8'))?.[1]);

describe('the serial of a zone file', () => {
  it('rises when records change, and only then', async () => {
    const { target, path, at } = await openZoneWorld();
    const running = target();
    await pass(running, viewOf('192.0.2.1'));
    expect(await serialOf(path)).toBe(now);
    at(now + 60);
    expect(await pass(running, viewOf('192.0.2.1'))).toEqual({ changes: 0, swapped: 0 });
    expect(await pass(target(), viewOf('192.0.2.1'))).toEqual({ changes: 0, swapped: 0 });
    await pass(running, viewOf('192.0.2.2'));
    expect(await serialOf(path)).toBe(now + 60);
    await pass(running, viewOf('192.0.2.3'));
    expect(await serialOf(path)).toBe(now + 61);
  });

  it('is after the one that the server serves when the file and the state are lost', async () => {
    const server = await startSoaServer(2_026_112_201);
    const { target, path, loseState } = await openZoneWorld();
    const settings = { server: server.address };
    await pass(target(settings), viewOf('192.0.2.1'));
    expect(await serialOf(path)).toBe(2_026_112_202);
    await rm(path);
    await loseState();
    server.answer(2_026_112_202);
    await pass(target(settings), viewOf('192.0.2.2'));
    expect(await serialOf(path)).toBe(2_026_112_203);
  });

  it('is after the one that the server serves when an old file was restored', async () => {
    const server = await startSoaServer('refused');
    const { target, path } = await openZoneWorld();
    const running = target({ server: server.address });
    await pass(running, viewOf('192.0.2.1'));
    const old = await readFile(path, 'utf8');
    server.answer(now + 500);
    await writeFile(path, old.replace(String(now), '7').replace('192.0.2.1', '192.0.2.9'));
    await pass(running, viewOf('192.0.2.1'));
    expect(await serialOf(path)).toBe(now + 501);
  });

  it('is after those that this process wrote, whatever the clock, the file and the server say', async () => {
    const server = await startSoaServer('refused');
    const { target, path, at } = await openZoneWorld();
    const running = target({ server: server.address });
    await pass(running, viewOf('192.0.2.1'));
    at(now - 3600);
    await rm(path);
    await pass(running, viewOf('192.0.2.1'));
    expect(await serialOf(path)).toBe(now + 1);
  });

  it('begins again after the highest, and skips 0', async () => {
    const server = await startSoaServer(0xffff_ffff);
    const { target, path, at } = await openZoneWorld();
    at(0xffff_fff0);
    await pass(target({ server: server.address }), viewOf('192.0.2.1'));
    expect(await serialOf(path)).toBe(1);
  });

  it('costs one question at the first change, and none after it', async () => {
    const server = await startSoaServer(7);
    const { target } = await openZoneWorld();
    const running = target({ server: server.address });
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) await pass(running, viewOf(address));
    expect(server.questions()).toBe(1);
  });

  it('is not asked for when nothing changes', async () => {
    const server = await startSoaServer(7);
    const { target } = await openZoneWorld();
    await pass(target(), viewOf('192.0.2.1'));
    await pass(target({ server: server.address }), viewOf('192.0.2.1'));
    expect(server.questions()).toBe(0);
  });

  it('is told to begin with the time when neither file nor server has one', async () => {
    const { target, log } = await openZoneWorld();
    await pass(target(), viewOf('192.0.2.1'));
    expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('the serial of svc.example.com begins with the time') as string,
      }),
    ]);
  });

  it('goes back with the file when the check refuses the new zone, and rises again later', async () => {
    const server = await startSoaServer('refused');
    const { target, path, at } = await openZoneWorld();
    let verdict: CheckVerdict = { kind: 'accepted' };
    const check: Check = { staged: false, run: () => Promise.resolve(verdict) };
    const running = target({ server: server.address }, { check });
    await pass(running, viewOf('192.0.2.1'));
    const before = await readFile(path, 'utf8');
    at(now + 10);
    verdict = { kind: 'refused', reason: 'no', output: '' };
    await expect(pass(running, viewOf('192.0.2.2'))).rejects.toThrow();
    expect(await readFile(path, 'utf8')).toBe(before);
    verdict = { kind: 'accepted' };
    at(now + 20);
    await pass(running, viewOf('192.0.2.3'));
    expect(await serialOf(path)).toBe(now + 20);
  });

  it('never goes back by RFC 1982, for any course of changes, clocks, lost files and restarts', async () => {
    const step = fc.record({
      address: fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3'),
      clock: fc.integer({ min: -100, max: 100 }),
      loses: fc.constantFrom('nothing', 'file', 'state', 'process'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 8 }),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        async (steps, first) => {
          const server = await startSoaServer(first);
          const world = await openZoneWorld();
          const settings = { server: server.address };
          let running = world.target(settings);
          let last = first;
          for (const { address, clock, loses } of steps) {
            if (loses === 'file') await rm(world.path, { force: true });
            if (loses === 'state') await world.loseState();
            if (loses !== 'nothing') running = world.target(settings);
            world.at(now + clock);
            const { changes } = await pass(running, viewOf(address));
            const serial = await serialOf(world.path);
            if (changes === 0) expect(serial).toBe(last);
            else {
              expect((serial - last) >>> 0).toBeGreaterThan(0);
              expect((serial - last) >>> 0).toBeLessThan(0x8000_0000);
            }
            last = serial;
            server.answer(serial);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
