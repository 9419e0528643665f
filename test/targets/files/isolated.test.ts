import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Check } from '../../../src/ports/check.js';
import type { Target } from '../../../src/ports/target.js';
import { createCheck } from '../../../src/reload/check.js';
import { makeFilesWorld } from '../../contract/files-world.js';
import { pass, viewOf, type ServiceSet, type World } from '../../contract/target.js';
import { realClock } from '../../support/clock.js';
import { describeWithMounts } from '../../support/mounts.js';

const first: ServiceSet = { api: [7000], web: [8000] };
const second: ServiceSet = { api: [7001], mail: [7200] };

function checkBy(world: World, script: string, more: object = {}): Check {
  const runtime = { clock: realClock, environment: process.env, allowed: [], cwd: world.dir };
  return createCheck(
    { command: ['sh', '-c', script], timeout: 10_000, isolated: true, ...more },
    { ...runtime, scratch: `${world.dir}/../state/scratch/check` },
  );
}

interface Board {
  readonly world: World;
  readonly steps: string[];
  readonly target: (script: string, more?: object) => Target;
  readonly lines: () => Promise<string[]>;
}

/** The first set is in place and loaded. A check script runs in the world's directory, beside `conf` and `fan`. */
async function begin(): Promise<Board> {
  const world = await makeFilesWorld();
  await pass(world.target(), viewOf(first));
  await world.journal.advance({ step: 'reloaded', reloadPending: false });
  const steps: string[] = [];
  return {
    world,
    steps,
    target: (script, more) =>
      world.target({ check: checkBy(world, script, more), onStep: (step) => void steps.push(step) }),
    lines: async () => (await readFile(join(world.dir, 'ran'), 'utf8').catch(() => '')).split('\n').slice(0, -1),
  };
}

/** Prints what the check sees, in one line. */
const look = 'echo $(cat ../conf/all ../fan/*) >> ran';
const oldText = 'api 10.0.0.1:7000 web 10.0.0.1:8000 api 10.0.0.1:7000 web 10.0.0.1:8000';
const newText = 'api 10.0.0.1:7001 mail 10.0.0.1:7200 api 10.0.0.1:7001 mail 10.0.0.1:7200';

describeWithMounts('an isolated check of files', () => {
  it('that refuses was shown the new files, of which no reader has seen any; nothing is pending', async () => {
    const { world, steps, target, lines } = await begin();
    const before = await world.marks();
    const refused = pass(target(`${look}; ! grep 7001 ../conf/all`), viewOf(second));
    await expect(refused).rejects.toMatchObject({
      code: 'CHECK_REFUSED',
      message: expect.stringMatching(/: api 10/) as string,
    });
    expect(await lines()).toEqual([newText, oldText]);
    expect(await world.marks()).toEqual(before);
    expect(await world.tempFiles()).toEqual([]);
    expect(steps.filter((step) => step.startsWith('swap') || step === 'reverted')).toEqual([]);
    expect(world.journal.record).toMatchObject({
      reloadPending: false,
      failed: { digest: expect.any(String) as string },
    });
  });

  it('that accepts is followed by the swap, and by the same check in place', async () => {
    const { world, target, lines } = await begin();
    await pass(target(look), viewOf(second));
    expect(await world.read()).toEqual(world.expected(second));
    expect(await lines()).toEqual([newText, newText]);
    expect(world.journal.record).toMatchObject({ step: 'checked', reloadPending: true });
  });

  it('that refuses what stands too changes nothing, and says first what it says about the new files', async () => {
    const { world, target, lines } = await begin();
    const before = await world.marks();
    const refused = pass(target(`${look}; grep -H . ../fan/api >&2; exit 1`), viewOf(second));
    await expect(refused).rejects.toMatchObject({
      code: 'CHECK_BROKEN_BEFORE',
      message: expect.stringMatching(
        /refuses the new outputs: .*:7001\nIt refuses the old outputs too: .*:7000/s,
      ) as string,
    });
    expect(await lines()).toEqual([newText, oldText, oldText]);
    expect(await world.marks()).toEqual(before);
    expect(world.journal.record).toMatchObject({ step: 'reloaded', reloadPending: false, failed: null });
  });

  it('that accepts new files heals a consumer that refuses what stands', async () => {
    const { world, target } = await begin();
    await pass(target('grep -q 7001 ../conf/all'), viewOf(second));
    expect(await world.read()).toEqual(world.expected(second));
  });

  it('that another process answers with the old files is caught by the check in place', async () => {
    const { world, target } = await begin();
    // As with `docker exec`: the program looks from outside of the namespace.
    const outside = `nsenter --mount=/proc/${process.pid}/ns/mnt sh -c '! grep 7001 ${world.dir}/../conf/all'`;
    await expect(pass(target(outside), viewOf(second))).rejects.toMatchObject({ code: 'CHECK_REFUSED' });
    expect(await world.read()).toEqual(world.expected(first));
    expect(world.journal.record).toMatchObject({ reloadPending: true });
  });

  it('that only isolation breaks runs in place from then on, which is said once', async () => {
    const { world, target } = await begin();
    const inPlace = target(`test "$(readlink /proc/self/ns/mnt)" = "$(readlink /proc/${process.pid}/ns/mnt)"`);
    const { applied } = await pass(inPlace, viewOf(second));
    expect(applied?.caveats).toEqual([
      expect.stringMatching(/cannot be isolated: isolated, the check refuses what it accepts/),
    ]);
    expect(await world.read()).toEqual(world.expected(second));
    expect((await pass(inPlace, viewOf(first))).applied?.caveats).toEqual([]);
  });

  it('that the overlay of a directory breaks runs in place, too', async () => {
    const { world, target } = await begin();
    const device = 'stat -c %d ../fan';
    const there = (await promisify(execFile)('sh', ['-c', device], { cwd: world.dir })).stdout.trim();
    const { applied } = await pass(target(`test "$(${device})" = ${there}`), viewOf(second));
    expect(applied?.caveats).toEqual([expect.stringMatching(/the check refuses what it accepts in place/)]);
    expect(await world.read()).toEqual(world.expected(second));
  });

  it('that fails twice for a passing cause refuses once more, and stays isolated', async () => {
    const { world, target } = await begin();
    const flaky = target('echo x >> ran; test "$(wc -l < ran)" -gt 2');
    await expect(pass(flaky, viewOf(second))).rejects.toMatchObject({ code: 'CHECK_REFUSED' });
    expect(await world.read()).toEqual(world.expected(first));
    const { applied } = await pass(flaky, viewOf(second));
    expect(applied?.caveats).toEqual([]);
    expect(await world.read()).toEqual(world.expected(second));
  });

  it.runIf(process.geteuid?.() === 0)('sees the mounts below the directories of the files', async () => {
    const { world, target, lines } = await begin();
    const sub = join(world.dir, '..', 'conf', 'mounted');
    await mkdir(sub);
    const execute = promisify(execFile);
    await execute('mount', ['-t', 'tmpfs', 'test', sub]);
    try {
      await writeFile(join(sub, 'there'), 'there\n');
      const { applied } = await pass(
        target('echo $(ls -A ../conf) $(cat ../conf/mounted/there) >> ran'),
        viewOf(second),
      );
      expect(applied?.caveats).toEqual([]);
    } finally {
      await execute('umount', [sub]);
    }
    const [isolated, inPlace] = await lines();
    expect(isolated).toBe('all mounted there');
    // In place, the old contents are still beside the output.
    expect(inPlace).toMatch(/^\.rollcall-\S+\.old all mounted there$/);
  });

  it('is not run where the config forbids it', async () => {
    const { target, lines } = await begin();
    await pass(target(look, { isolated: false }), viewOf(second));
    expect(await lines()).toEqual([newText]);
  });

  it('leaves the check in place where no namespace can be made', async () => {
    const { world, target, lines } = await begin();
    const bin = join(world.dir, 'bin');
    await mkdir(bin);
    await writeFile(
      join(bin, 'unshare'),
      '#!/bin/sh\necho "unshare: unshare failed: Operation not permitted" >&2\nexit 1\n',
      { mode: 0o755 },
    );
    const { PATH } = process.env;
    process.env.PATH = `${bin}:${PATH ?? ''}`;
    try {
      const { applied } = await pass(target(look), viewOf(second));
      expect(applied?.caveats).toEqual([
        'the check runs after the swap only: it cannot be isolated: unshare: unshare failed: Operation not permitted',
      ]);
    } finally {
      process.env.PATH = PATH;
    }
    expect(await lines()).toEqual([newText]);
    expect(await world.read()).toEqual(world.expected(second));
  });

  it('answers for changes that are not to be made, and leaves no trace', async () => {
    const { world, target } = await begin();
    const [before, { record }] = [await world.marks(), world.journal];
    for (const [script, kind] of [
      ['exit 0', 'accepted'],
      ['exit 1', 'refused'],
      ['kill -9 $$', 'unanswered'],
    ] as const) {
      const asked = target(script);
      const desired = asked.desired(viewOf(second));
      const { signal } = new AbortController();
      const changes = asked.diff(desired, await asked.observe(desired, signal));
      const context = { digest: '', revision: '', signal, swapped: () => undefined };
      expect(await asked.judge?.(changes, context)).toMatchObject({ kind });
    }
    expect(await world.marks()).toEqual(before);
    expect(await world.tempFiles()).toEqual([]);
    expect(world.journal.record).toEqual(record);
  });

  it('leaves nothing behind when it is killed, also not a mount', async () => {
    const { world, target } = await begin();
    const mounts = await readFile('/proc/self/mounts', 'utf8');
    const { signal } = new AbortController();
    const hung = target('echo $$ > pid; sleep 60', { timeout: 300 });
    await expect(pass(hung, viewOf(second), signal)).rejects.toMatchObject({ code: 'CHECK_UNANSWERED' });
    const pid = (await readFile(join(world.dir, 'pid'), 'utf8')).trim();
    await expect(stat(`/proc/${pid}`)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFile('/proc/self/mounts', 'utf8')).toBe(mounts);
    expect(await world.read()).toEqual(world.expected(first));
    expect(await readdir(join(world.dir, '..', 'state', 'scratch', 'check'))).toEqual(['isolated']);
  });
});

it('a check in place that refuses over and over leaves one reload pending for each digest', async () => {
  const { world, target } = await begin();
  const refuses = target('! grep 7001 ../conf/all', { isolated: false });
  await expect(pass(refuses, viewOf(second))).rejects.toMatchObject({ code: 'CHECK_REFUSED' });
  expect(world.journal.record.reloadPending).toBe(true);
  await world.journal.advance({ reloadPending: false });
  await expect(pass(refuses, viewOf(second))).rejects.toMatchObject({ code: 'CHECK_REFUSED' });
  expect(world.journal.record.reloadPending).toBe(false);
  await expect(pass(refuses, viewOf({ ...second, more: [1] }))).rejects.toMatchObject({ code: 'CHECK_REFUSED' });
  expect(world.journal.record.reloadPending).toBe(true);
});

it('while a check in place refuses because of something else, no new file comes and goes', async () => {
  const { world, steps, target, lines } = await begin();
  const broken = target(`${look}; test ! -e broken || { echo "other.conf:3: no [$$]" >&2; exit 1; }`, {
    isolated: false,
  });
  await writeFile(join(world.dir, 'broken'), '');
  const failed = { code: 'CHECK_BROKEN_BEFORE', message: expect.stringContaining('other.conf:3') as string };
  await expect(pass(broken, viewOf(second))).rejects.toMatchObject(failed);
  expect(await lines()).toEqual([newText, oldText]);
  const [before, swaps] = [await world.marks(), steps.filter((step) => step.startsWith('swap:')).length];
  for (const services of [second, { ...second, more: [1] }])
    await expect(pass(broken, viewOf(services))).rejects.toMatchObject(failed);
  expect(await lines()).toEqual([newText, oldText, oldText, oldText]);
  expect(steps.filter((step) => step.startsWith('swap:'))).toHaveLength(swaps);
  expect(await world.marks()).toEqual(before);
  await rm(join(world.dir, 'broken'));
  await pass(broken, viewOf(second));
  expect(await world.read()).toEqual(world.expected(second));
});

it('a check in place that refuses the missing output does not keep the next, better one from being tried', async () => {
  const { world, target } = await begin();
  const script = 'grep -n 7200 ../conf/all >&2 || { echo "all:1: no mail" >&2; exit 1; }; ! grep -q 9999 ../conf/all';
  const checked = target(script, { isolated: false });
  await expect(pass(checked, viewOf({ ...second, bad: [9999] }))).rejects.toMatchObject({
    code: 'CHECK_BROKEN_BEFORE',
  });
  await pass(checked, viewOf(second));
  expect(await world.read()).toEqual(world.expected(second));
});
