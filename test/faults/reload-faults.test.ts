import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { describeWith, needs } from '../support/binaries.js';
import { startRollcall, type Line, type Running } from '../support/command.js';
import { describeWithDisk, mountDisk, type Disk } from '../support/disk.js';
import { until } from '../support/poll.js';
import { isAlive, controlCommand, commandLine, type Mode, type ControlledCommand } from './controlled-command.js';
import { at, setOf, type ServiceSet } from './service-set.js';
import { ask, startWorld, type World, type WorldOptions } from './world.js';

const checkScript = join(import.meta.dirname, 'check-staged.sh');

const controlledReload = (nginx: readonly string[], dir: string): object => ({
  command: commandLine(dir, 'reload', '/dev/null', [...nginx, '-s', 'reload']),
  minInterval: '10ms',
  timeout: '1s',
});

const inPlace: WorldOptions = {
  check: (nginx, dir) => ({
    command: commandLine(dir, 'check', join(dir, 'conf', 'upstreams.conf'), [...nginx, '-t']),
    timeout: '1s',
    // The faults are those of a check that readers do not wait for.
    isolated: false,
  }),
  reload: controlledReload,
};

const staged: WorldOptions = {
  templates: ['alone'],
  check: ([nginx = ''], dir) => ({
    command: commandLine(dir, 'check', '{staged}', ['sh', checkScript, join(dir, 'staged.conf'), '{staged}', nginx]),
    timeout: '1s',
  }),
  reload: controlledReload,
};

describeWith('nginx', 'a fault of a check, a reload or a disk', () => {
  needs('etcd');
  let world: World;
  let rollcall: Running;
  let check: ControlledCommand;
  let reload: ControlledCommand;
  let old: ServiceSet;

  /** Starts with a first set that is served, so that every later write is a change. */
  async function begin(options: WorldOptions, prepare?: (world: World) => void): Promise<void> {
    world = await startWorld(options);
    [check, reload] = [controlCommand(world.dir, 'check'), controlCommand(world.dir, 'reload')];
    await Promise.all([check.set('ok'), reload.set('ok')]);
    prepare?.(world);
    await world.put('api', 'a', at(7000));
    await world.put('web', 'a', at(8000));
    old = await world.newest();
    rollcall = startRollcall(['run', '-c', world.config, '--log-level', 'debug']);
    await world.inStep(old, rollcall);
  }

  afterEach(async () => {
    await rollcall.end('SIGKILL');
    await world.stop();
  });

  /** Adds an instance that nginx accepts and a picky check refuses. */
  async function change(): Promise<ServiceSet> {
    await world.put('web', 'b', at(8001, 'backup'));
    return world.newest();
  }

  const failure = (code: string): Promise<Line> =>
    rollcall.line((line) => line.level === 'error' && line.code === code, `an error line with ${code}`);

  /** The same failure once more. It is an error only after a minute. */
  const failureAgain = (code: string): Promise<Line> =>
    rollcall.line(
      (line) => line.msg === 'failed (again)' && line.code === code,
      `another failure with ${code}`,
      rollcall.lines().length,
    );

  const served = (): Promise<string> => ask(world.nginx.port, '/set');

  /** Removes the cause of the fault, without a write to etcd. */
  async function heals(mend: () => unknown, next: ServiceSet): Promise<void> {
    const revision = await world.revision();
    await mend();
    await world.inStep(next, rollcall);
    expect(await world.journal()).toMatchObject({ step: 'reloaded', failed: null, reloadPending: false });
    expect(await world.revision()).toBe(revision);
    const outcome = await rollcall.line(
      ({ result }) => result === 'reloaded',
      'the outcome after all',
      Math.max(
        0,
        rollcall.lines().findLastIndex(({ level }) => level === 'error'),
      ),
    );
    expect(outcome).toMatchObject({ level: 'info', target: 'nginx', reloadMs: expect.any(Number) as number });
  }

  describe('a reload', () => {
    it.each<{ mode: Mode; code: string; words: RegExp }>([
      { mode: 'fail', code: 'RELOAD_FAILED', words: /exited with 1: told to fail/ },
      { mode: 'hang', code: 'RELOAD_TIMED_OUT', words: /did not end within 1000 ms, and its process group was ended/ },
      { mode: 'die', code: 'RELOAD_FAILED', words: /was ended by SIGKILL/ },
    ])('in the mode $mode stays pending while the new files stand, and is tried until it succeeds', async (fault) => {
      await begin(inPlace);
      await reload.set(fault.mode);
      const next = await change();
      expect(await failure(fault.code)).toMatchObject({
        msg: 'failed',
        target: 'nginx',
        result: 'failed',
        updated: 3,
        error: expect.stringMatching(fault.words) as string,
        hint: expect.stringMatching(/pending|tries again/) as string,
        retryInMs: expect.any(Number) as number,
      });
      expect(await world.read()).toEqual(world.expected(next));
      expect(await world.tempFiles()).toEqual([]);
      expect(await world.journal()).toMatchObject({ step: 'checked', failed: null, reloadPending: true });
      expect(await served()).toBe(setOf(old));
      if (fault.mode === 'hang') expect(await isAlive(await reload.waiting())).toBe(false);
      // The retries write no file and run no check.
      const checks = (await check.runs()).length;
      await until(async () => (await reload.runs()).filter((mode) => mode === fault.mode).length >= 2);
      expect((await check.runs()).length).toBe(checks);
      await heals(() => reload.set('ok'), next);
    });

    it('succeeds for the files in place although the check refuses the next ones', async () => {
      await begin(inPlace);
      await reload.set('fail');
      await world.put('web', 'a', at(8080));
      const middle = await world.newest();
      await failure('RELOAD_FAILED');
      await check.set('picky');
      await change();
      await rollcall.line(({ msg }) => msg.startsWith('besides') && msg.includes('no backups here'), 'the refusal');
      expect(await world.read()).toEqual(world.expected(middle));
      expect(await served()).toBe(setOf(old));
      await reload.set('ok');
      await world.keeps(middle, rollcall, 'refused');
      expect((await world.journal()).failed?.reason).toContain('no backups here');
      await rollcall.line(({ result, level }) => result === 'refused' && level === 'error', 'what is left to mend');
    });
  });

  describe('kill -9 while a reload runs', () => {
    it.each<{ mode: Mode; what: string }>([
      { mode: 'hang', what: 'has done nothing yet' },
      { mode: 'late', what: 'has been done but not acknowledged' },
    ])('that $what: it stays pending, and the next start reloads', async ({ mode }) => {
      await begin(inPlace);
      await rollcall.end('SIGKILL');
      await reload.set(mode);
      const next = await change();
      rollcall = startRollcall(['run', '-c', world.config]);
      const left = await reload.waiting();
      await rollcall.end('SIGKILL');
      expect(await world.read()).toEqual(world.expected(next));
      expect(await world.journal()).toMatchObject({ step: 'checked', reloadPending: true });
      if (mode === 'late') await until(async () => (await served()) === setOf(next), { what: 'the new set' });
      else expect(await served()).toBe(setOf(old));
      process.kill(left);
      const before = await world.reloads();
      await reload.set('ok');
      rollcall = startRollcall(['run', '-c', world.config]);
      await world.inStep(next, rollcall);
      await until(async () => (await world.reloads()) > before, { what: 'another reload' });
      expect(await rollcall.line(({ result }) => result === 'reloaded', 'the outcome')).toMatchObject({
        msg: 'pending reload acknowledged',
      });
    });
  });

  describe('a check in place', () => {
    it('that refuses brings the old files back, is logged once, and runs again when an operator asks for it', async () => {
      await begin(inPlace);
      await check.set('picky');
      const before = (await check.runs()).length;
      const next = await change();
      expect(await failure('CHECK_REFUSED')).toMatchObject({
        msg: 'the new outputs were refused, the old ones stay',
        result: 'refused',
        error: expect.stringContaining('no backups here') as string,
      });
      await world.keeps(old, rollcall, 'refused');
      expect((await world.journal()).failed?.reason).toContain('no backups here');
      // Once on the new files, once on the old ones, and the same again at each retry.
      expect((await check.runs()).slice(before, before + 2)).toEqual(['picky', 'picky']);
      await heals(async () => {
        await check.set('ok');
        rollcall.send('SIGHUP');
      }, next);
      expect(rollcall.lines().filter(({ level }) => level === 'error')).toHaveLength(1);
    });

    it.each<{ mode: Mode; code: string; words: RegExp }>([
      {
        mode: 'fail',
        code: 'CHECK_BROKEN_BEFORE',
        words: /the check refuses the new and the old outputs alike: .*told to fail/,
      },
      { mode: 'hang', code: 'CHECK_UNANSWERED', words: /did not end within 1000 ms/ },
      { mode: 'die', code: 'CHECK_UNANSWERED', words: /was ended by SIGKILL/ },
    ])('in the mode $mode brings the old files back, refuses nothing, and is tried until it answers', async (fault) => {
      await begin(inPlace);
      await check.set(fault.mode);
      const next = await change();
      expect(await failure(fault.code)).toMatchObject({
        msg: 'failed',
        error: expect.stringMatching(fault.words) as string,
        retryInMs: expect.any(Number) as number,
      });
      if (fault.mode === 'hang') expect(await isAlive(await check.waiting())).toBe(false);
      await until(async () => (await check.runs()).filter((mode) => mode === fault.mode).length >= 2);
      // Between two attempts.
      await until(async () => {
        expect(await world.journal()).toMatchObject({ step: 'failed', undo: null, failed: null, reloadPending: true });
        expect(await world.read()).toEqual(world.expected(old));
        expect(await world.tempFiles()).toEqual([]);
        return true;
      });
      expect(await served()).toBe(setOf(old));
      await heals(() => check.set('ok'), next);
    });
  });

  describe('a check of the staged file', () => {
    const place = (): string => join(world.outputs, 'locations-alone.conf');
    const mark = async (): Promise<string> => {
      const { ino, mtimeNs } = await stat(place(), { bigint: true });
      return `${ino} ${mtimeNs}`;
    };

    it('that refuses leaves the old file untouched and no reload pending', async () => {
      await begin(staged);
      const [before, reloads] = [await mark(), await reload.runs()];
      await check.set('picky');
      const next = await change();
      const told = await rollcall.line(({ msg }) => msg === 'quarantined', 'the refusal');
      expect(told).toMatchObject({ target: 'nginx', service: 'web' });
      expect(told.reason).toContain('no backups here');
      expect(await mark()).toBe(before);
      await world.inStep(old, rollcall);
      expect((await world.journal()).failed?.reason).toContain('no backups here');
      expect(await reload.runs()).toEqual(reloads);
      await heals(async () => {
        await check.set('ok');
        rollcall.send('SIGHUP');
      }, next);
    });

    it.each<{ mode: Mode; code: string }>([
      { mode: 'fail', code: 'CHECK_BROKEN_BEFORE' },
      { mode: 'hang', code: 'CHECK_UNANSWERED' },
    ])('in the mode $mode leaves the old file untouched, and is tried until it answers', async ({ mode, code }) => {
      await begin(staged);
      const [before, record] = [await mark(), await world.journal()];
      await check.set(mode);
      const next = await change();
      await failure(code);
      await failureAgain(code);
      expect(await mark()).toBe(before);
      expect(await world.journal()).toEqual(record);
      expect(await served()).toBe(setOf(old));
      await heals(() => check.set('ok'), next);
    });
  });

  describe('an output directory that cannot be written', () => {
    /** The outputs and the journal are the old ones, and there are no temporary files. */
    async function expectUntouched(before: object): Promise<void> {
      expect(await world.read()).toEqual(world.expected(old));
      expect(await world.tempFiles()).toEqual([]);
      expect(await world.journal()).toEqual(before);
      expect(await served()).toBe(setOf(old));
    }

    it('because it is gone, or is no directory any more', async () => {
      await begin(inPlace);
      const [moved, record] = [`${world.outputs}.moved`, await world.journal()];
      const next = await world.unobserved(async () => {
        await rename(world.outputs, moved);
        const changed = await change();
        expect(await failure('OUTPUT_UNWRITABLE')).toMatchObject({
          error: expect.stringMatching(/ENOENT/) as string,
          hint: expect.stringContaining('Nothing was changed') as string,
        });
        return changed;
      });
      await writeFile(world.outputs, 'in the way');
      await rollcall.line(({ error }) => String(error).includes('ENOTDIR'), 'the other obstacle');
      expect(await world.journal()).toEqual(record);
      await heals(async () => {
        await rm(world.outputs);
        await rename(moved, world.outputs);
      }, next);
    });

    describeWithDisk('on a disk of its own', () => {
      let disk: Disk;

      afterEach(() => {
        disk.unmount();
      });

      it('because it is mounted read-only', async () => {
        await begin(inPlace, ({ outputs }) => (disk = mountDisk(outputs)));
        const record = await world.journal();
        disk.setWritable(false);
        const next = await change();
        expect(await failure('OUTPUT_UNWRITABLE')).toMatchObject({ error: expect.stringMatching(/EROFS/) as string });
        await failureAgain('OUTPUT_UNWRITABLE');
        await expectUntouched(record);
        await heals(() => {
          disk.setWritable(true);
        }, next);
      });

      it('because it is full', async () => {
        await begin(inPlace, ({ outputs }) => (disk = mountDisk(outputs)));
        const record = await world.journal();
        await disk.fill();
        const next = await change();
        expect(await failure('OUTPUT_UNWRITABLE')).toMatchObject({
          error: expect.stringMatching(/ENOSPC/) as string,
          hint: expect.stringContaining('Make room') as string,
        });
        await failureAgain('OUTPUT_UNWRITABLE');
        await expectUntouched(record);
        await heals(() => disk.empty(), next);
      });

      it('because the stateDir is on a full disk: no change without its journal', async () => {
        await begin(inPlace, ({ dir }) => {
          disk = mountDisk(join(dir, 'state'), '0700');
        });
        const record = await world.journal();
        await disk.fill();
        const next = await change();
        expect(await failure('STATE_UNWRITABLE')).toMatchObject({
          error: expect.stringMatching(/ENOSPC/) as string,
          retryInMs: expect.any(Number) as number,
        });
        await failureAgain('STATE_UNWRITABLE');
        await expectUntouched(record);
        await heals(() => disk.empty(), next);
      });
    });
  });
});
