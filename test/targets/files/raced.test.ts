import { lstatSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RollcallError } from '../../../src/model/errors.js';
import type { Target } from '../../../src/ports/target.js';
import { pass, viewOf } from '../../contract/target.js';
import { canaryOf } from '../../support/canary.js';
import { describeWithStranger, makeGround, startPlanter, type Ground } from '../../support/stranger.js';
import { fanOutPart, openFilesWorld, plainPart, type FilesWorld } from './world.js';

const swaps = 10_000;
const passes = 200;

describeWithStranger('outputs, while a stranger swaps what is there', () => {
  let ground: Ground;
  let world: FilesWorld;
  let before: readonly string[];
  const web = viewOf({ api: [80], web: [81] });

  beforeEach(async () => {
    ground = await makeGround();
    for (const folder of ['', 'fan', 'deep', 'deep/fan']) {
      await mkdir(join(ground.safe, folder), { recursive: true });
      // The target must not write even in a directory that all users may write.
      await chmod(join(ground.safe, folder), 0o777);
      for (const name of ['out', 'web', 'api']) await writeFile(join(ground.safe, folder, name), 'victim');
    }
    world = await openFilesWorld(join(ground.root, 'state'));
    before = canaryOf(ground.safe);
  });
  afterEach(() => world.close());

  /** Runs passes until the planter has had its rounds and the passes have had each of the wanted ends. */
  async function race(target: Target, planter: ReturnType<typeof startPlanter>, wanted: string[]): Promise<void> {
    const ends = new Map<string, number>();
    const deadline = performance.now() + 30_000;
    const isOver = (count: number): boolean =>
      performance.now() > deadline ||
      (count >= passes && planter.rounds() >= swaps && wanted.every((end) => ends.has(end)));
    for (let count = 0; !isOver(count); count++) {
      const end = await pass(target, web).then(
        () => 'done',
        (error: unknown) => {
          // An error with a code, never a bug.
          expect(error).toBeInstanceOf(RollcallError);
          return (error as RollcallError).code;
        },
      );
      ends.set(end, (ends.get(end) ?? 0) + 1);
      // Yields to the event loop, so that messages of the planter arrive.
      await turn();
    }
    expect(planter.rounds()).toBeGreaterThanOrEqual(swaps);
    await planter.stop();
    // The race was real: passes had different ends.
    expect([...ends.keys()]).toEqual(expect.arrayContaining(wanted));
  }

  let text = 0;
  const next = (): string => `text ${(text += 1)}\n`;
  const theirs = (...names: string[]): string => join(ground.theirs, ...names);

  /** For each case: the swapped entries, the script that swaps them, the target with its outputs, and the ends that must occur. */
  const plants: [string, () => string, () => [Target, string[]], string[]][] = [
    [
      'a file and a link in the place of an output',
      () => `chdir "${ground.theirs}"; open(F, ">", "f"); print F "theirs"; close F; rename("f", "out");
        symlink("${ground.safe}/out", "l"); rename("l", "out")`,
      () => [world.target([plainPart(theirs('out'), next)]), [theirs('out')]],
      ['done', 'PATH_UNTRUSTED'],
    ],
    [
      'a file and a link in the place of an output that is written in place',
      () => `chdir "${ground.theirs}"; open(F, ">", "f"); print F "theirs"; close F; rename("f", "out");
        symlink("${ground.safe}/out", "l"); rename("l", "out")`,
      () => [world.target([plainPart(theirs('out'), next, { inPlace: true })]), []],
      ['PATH_UNTRUSTED'],
    ],
    [
      'a folder of root and a link on the way',
      () =>
        `chdir "${ground.theirs}"; rename("way", "kept") or rename("way", "made$n"); symlink("${ground.safe}/deep", "way"); unlink("way"); rename("kept", "way")`,
      () => [
        world.target([plainPart(theirs('way', 'out'), next), fanOutPart(theirs('way', 'fan'), next)]),
        [theirs('way', 'out'), theirs('way', 'fan', 'web')],
      ],
      ['done', 'PATH_UNTRUSTED'],
    ],
    [
      'a folder of root, one of its own and a link in the place of a fan-out’s',
      () => `chdir "${ground.theirs}"; rename("fan", "kept") or rename("fan", "made$n"); symlink("${ground.safe}/fan", "fan"); unlink("fan");
        mkdir("fan"); symlink("${ground.safe}/web", "fan/web"); unlink("fan/web"); rmdir("fan"); rename("kept", "fan")`,
      () => [world.target([fanOutPart(theirs('fan'), next)]), [theirs('fan', 'api'), theirs('fan', 'web')]],
      ['done', 'PATH_UNTRUSTED'],
    ],
    [
      'links and second names in the place of our temporary files',
      () => `chdir "${ground.theirs}"; for my $f (glob ".rollcall-*") { symlink("${ground.safe}/out", "l"); rename("l", $f) }
        unlink("out") if -l "out"; unlink(grep { -l } glob(".rollcall-*")) if $n % 20 == 0`,
      () => [world.target([plainPart(theirs('out'), next)]), [theirs('out')]],
      ['done'],
    ],
  ];

  it.each(plants)(
    '%s: nothing outside changes, and the target is in step when the race is over',
    async (_what, plant, make, ends) => {
      for (const folder of ['way', 'fan']) await mkdir(theirs(folder));
      const [target, outputs] = make();
      await race(target, startPlanter(plant()), ends);
      expect(canaryOf(ground.safe)).toEqual(before);

      // The operator removes the links and restores the directories.
      for (const name of ['out', 'l', 'f']) await rm(theirs(name), { force: true });
      for (const folder of ['way', 'fan']) {
        const there = lstatSync(theirs(folder), { throwIfNoEntry: false });
        if (there?.isDirectory() && there.uid === 0) continue;
        await rm(theirs(folder), { recursive: true, force: true });
        await rename(theirs('kept'), theirs(folder));
      }
      if (outputs.length > 0) {
        await target.recover(new AbortController().signal);
        await pass(target, web);
      }
      for (const output of outputs) expect(await readFile(output, 'utf8')).toMatch(/^text \d+\n$/);
      expect(canaryOf(ground.safe)).toEqual(before);
    },
  );
});
