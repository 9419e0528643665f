import { chmod, chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { openStore } from '../../src/state/store.js';
import { rollcall, type Ended } from '../support/command.js';
import { asStranger, describeWithStranger, makeGround, stranger } from '../support/stranger.js';
import { memoryLog } from '../support/log.js';

/** The roots of volumes that belong to root: an emptyDir, and a volume with the `fsGroup` of the pod. */
const volumes: [string, number, number][] = [
  ['an emptyDir, mode 0777', 0, 0o777],
  ['an emptyDir with fsGroup, mode 2777', stranger, 0o2777],
  ['a disk with fsGroup, mode 2775', stranger, 0o2775],
];

describeWithStranger('a stateDir in a volume of a container', () => {
  let volume: string;
  let config: string;

  beforeEach(async () => {
    const { root } = await makeGround();
    volume = join(root, 'volume');
    config = join(root, 'rollcall.json');
    await mkdir(volume);
  });

  async function mount(group: number, mode: number): Promise<void> {
    await chown(volume, 0, group);
    await chmod(volume, mode);
  }

  /** `validate` as a user without permissions, whose state is in this directory. */
  async function validate(stateDir: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const etcd = { endpoints: ['http://127.0.0.1:1'] };
    const targets = [{ name: 'web', files: [{ path: join(volume, 'out'), template: 'json' }] }];
    await writeFile(
      config,
      JSON.stringify({ etcd, stateDir, sources: [{ name: 'services', prefix: '/services/' }], targets }),
    );
    return rollcall(['validate', '--timeout', '100ms', '-c', config], { uid: stranger, env });
  }

  async function runOnce(env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return rollcall(['run', '--once', '--timeout', '100ms', '-c', config], { uid: stranger, env });
  }

  it.each(volumes)(
    'is a subdirectory that rollcall makes in %s, if the volume is its own',
    async (_what, group, mode) => {
      await mount(group, mode);
      const state = join(volume, 'state');
      const refusal = `others than root and the user of rollcall may write in ${volume} `;
      expect((await validate(state)).stderr).toContain(refusal);
      const refused = await runOnce();
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(refusal);
      expect(refused.stderr).toContain('$ROLLCALL_OWN_VOLUME');

      const env = { ROLLCALL_OWN_VOLUME: volume };
      expect((await validate(state, env)).stderr).toMatch(/etcd: read [^]*rollcall: 1 problem\n$/);
      expect((await runOnce(env)).stderr).not.toContain('STATE_UNUSABLE');
      expect(await stat(state)).toMatchObject({ uid: stranger });
      expect((await stat(state)).mode & 0o777).toBe(0o700);
      // Again, and beside the process that has it.
      expect((await runOnce(env)).stderr).not.toContain('STATE_UNUSABLE');
    },
  );

  it('is not the volume itself, and the error says which directory to choose', async () => {
    await mount(0, 0o777);
    await validate(volume);
    const { code, stderr } = await runOnce({ ROLLCALL_OWN_VOLUME: volume });
    expect(code).toBe(1);
    expect(stderr).toContain('it belongs to user 0, and rollcall runs as user');
    expect(stderr).toContain(`such as ${volume}/state`);
  });

  it('is refused in another directory in which others may write, and in one of another user', async () => {
    const log = memoryLog();
    const refused = (dir: string): Promise<void> =>
      expect(openStore(dir, { log })).rejects.toMatchObject({ code: 'STATE_UNUSABLE' });
    await mount(0, 0o777);
    vi.stubEnv('ROLLCALL_OWN_VOLUME', `${volume}-2`);
    await refused(join(volume, 'state'));
    vi.stubEnv('ROLLCALL_OWN_VOLUME', volume);
    await asStranger(`mkdir ${volume}/theirs ${volume}/planted`);
    await refused(join(volume, 'theirs', 'state'));
    await refused(join(volume, 'planted'));
    await chown(volume, stranger, 0);
    await refused(join(volume, 'state'));
    await chown(volume, 0, 0);
    await (await openStore(join(volume, 'state'), { log })).close();
  });
});
