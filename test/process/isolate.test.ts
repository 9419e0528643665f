import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { PlacedFile } from '../../src/ports/check.js';
import { isolate, outputOf } from '../../src/process/isolate.js';
import { mountPointsIn } from '../../src/process/mount-points.js';
import { prepareLayers } from '../../src/reload/layers.js';
import { describeWithMounts } from '../support/mounts.js';
import { describeWithStranger, stranger } from '../support/stranger.js';
import { memoryDir } from '../support/temp.js';

const token = '5a0e2d3f11f8';

interface Ran {
  readonly code: number;
  readonly output: string | undefined;
  readonly raw: string;
}

async function makePlace() {
  const root = await memoryDir();
  await chmod(root, 0o755);
  const [conf, state] = [join(root, 'conf'), join(root, 'state')];
  await mkdir(conf);
  await mkdir(join(state, 'base'), { recursive: true });
  return { root, conf, state };
}

type Place = Awaited<ReturnType<typeof makePlace>>;

async function run(
  { root, state }: Place,
  files: readonly PlacedFile[],
  argv: readonly string[],
  {
    cwd = root,
    uid = process.geteuid?.() ?? 0,
    gid = process.getegid?.() ?? 0,
    as = [] as string[],
    mounted = [] as string[],
  } = {},
): Promise<Ran> {
  const prepared = join(state, 'layers');
  const directories = [...new Set(files.map(({ output }) => dirname(output)))];
  const mountPoints = [...mountPointsIn(await readFile('/proc/self/mountinfo', 'utf8')), ...mounted];
  const places = { directories, mountPoints, token, prepared, base: join(state, 'base'), cwd };
  const isolation = isolate(files, { ...places, uid, gid });
  if (!isolation) throw new Error('no plan');
  try {
    await prepareLayers(prepared, isolation, token);
  } catch (error) {
    return { code: -1, output: undefined, raw: String(error) };
  }
  if (uid === stranger) await promisify(execFile)('chown', ['-R', `${stranger}`, prepared]);
  const [program = '', ...args] = [...as, ...isolation.argv, ...argv];
  const ended = await promisify(execFile)(program, args, { cwd: root }).then(
    ({ stdout, stderr }) => ({ code: 0, raw: stdout + stderr }),
    (error: unknown) => {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, raw: stdout + stderr };
    },
  );
  return { ...ended, output: outputOf(token, ended.raw) };
}

async function staged(place: Place, name: string, content: string): Promise<string> {
  const path = join(place.conf, `.rollcall-${name.replaceAll('/', '_')}.tmp`);
  await writeFile(path, content);
  return path;
}

const mounts = (): Promise<string> => readFile('/proc/self/mounts', 'utf8');

describeWithMounts('a program that alone sees some files', () => {
  it('sees new, changed and removed files at their destinations, while all others see the old ones', async () => {
    const place = await makePlace();
    const [changed, created, removed] = ['a.conf', 'b.conf', 'c.conf'].map((name) => join(place.conf, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(changed, 'old a\n');
    await writeFile(removed, 'old c\n');
    const files = [
      { output: changed, content: await staged(place, 'a', 'new a\n'), isNew: false },
      { output: created, content: await staged(place, 'b', 'new b\n'), isNew: true },
      { output: removed, content: null, isNew: false },
    ];
    const before = await mounts();
    const seen = await run(place, files, ['sh', '-c', `cd conf; for f in *.conf; do echo "$f $(cat $f)"; done`]);
    expect(seen).toMatchObject({ code: 0, output: 'a.conf new a\nb.conf new b\n' });
    expect((await readdir(place.conf)).filter((name) => !name.startsWith('.'))).toEqual(['a.conf', 'c.conf']);
    expect([await readFile(changed, 'utf8'), await readFile(removed, 'utf8')]).toEqual(['old a\n', 'old c\n']);
    expect(await mounts()).toBe(before);
    expect(await readdir(join(place.state, 'base'))).toEqual([]);
  });

  it('sees them by any path, and from a working directory among them', async () => {
    const place = await makePlace();
    await mkdir(join(place.conf, 'deep'));
    const names = ['it\'s, "a:b" $HOME.conf', 'deep/new one.conf', 'top.conf'];
    const files = await Promise.all(
      names.map(async (name, index) => {
        const output = join(place.conf, name);
        if (index === 0) await writeFile(output, 'old');
        return { output, content: await staged(place, name, `new ${index}`), isNew: index > 0 };
      }),
    );
    const seen = await run(place, files, ['cat', ...names], { cwd: place.conf });
    expect(seen).toMatchObject({ code: 0, output: 'new 0new 1new 2' });
  });

  it('sees the modes and owners of the new files and of their directory', async () => {
    const place = await makePlace();
    await chmod(place.conf, 0o751);
    const content = await staged(place, 'secret', 'x');
    await chmod(content, 0o640);
    const output = join(place.conf, 'secret.conf');
    const seen = await run(place, [{ output, content, isNew: true }], ['stat', '-c', '%a %u', output, dirname(output)]);
    const uid = process.geteuid?.() ?? 0;
    expect(seen.output).toBe(`640 ${uid}\n751 ${uid}\n`);
  });

  it('sees no temporary file of rollcall, of whatever target, and all other files', async () => {
    const place = await makePlace();
    await writeFile(join(place.conf, '.rollcall-0badcafe-1.old'), '');
    await mkdir(join(place.conf, '.rollcall-directory'));
    await writeFile(join(place.conf, '.htaccess'), '');
    await writeFile(join(place.conf, 'a'), 'old');
    const content = await staged(place, 'a', 'new');
    const seen = await run(place, [{ output: join(place.conf, 'a'), content, isNew: false }], ['ls', '-A', place.conf]);
    expect(seen).toMatchObject({ code: 0, output: '.htaccess\n.rollcall-directory\na\n' });
    expect(await readdir(place.conf)).toHaveLength(5);
  });

  it('sees files that change in a directory and in one below it', async () => {
    const place = await makePlace();
    await mkdir(join(place.conf, 'a', 'b'), { recursive: true });
    const outputs = ['top', 'a/mid', 'a/b/low'].map((name) => join(place.conf, name));
    await writeFile(join(place.conf, 'a', 'b', 'there'), 'there\n');
    const files = await Promise.all(
      outputs.map(async (output, index) => ({
        output,
        content: await staged(place, String(index), `${index}\n`),
        isNew: true,
      })),
    );
    const seen = await run(place, files, ['sh', '-c', 'cd conf; cat top a/mid a/b/*']);
    expect(seen).toMatchObject({ code: 0, output: '0\n1\n2\nthere\n' });
  });

  it('ends as the program ends, with its output in order', async () => {
    const place = await makePlace();
    await writeFile(join(place.conf, 'a'), '');
    const files = [{ output: join(place.conf, 'a'), content: await staged(place, 'a', 'x'), isNew: false }];
    const seen = await run(place, files, ['sh', '-c', 'echo one; echo two >&2; echo three; exit 7']);
    expect(seen).toMatchObject({ code: 7, output: 'one\ntwo\nthree\n' });
  });

  it('does not run the program when a file cannot be placed', async () => {
    const place = await makePlace();
    const gone = { output: join(place.conf, 'gone'), content: join(place.conf, 'nothing'), isNew: false };
    for (const file of [gone, { ...gone, output: join(place.root, 'no', 'directory'), isNew: true }])
      expect(await run(place, [file], ['sh', '-c', `touch ${place.root}/ran`])).toMatchObject({ output: undefined });
    expect(await readdir(place.root)).not.toContain('ran');
  });

  it('places a thousand files', async () => {
    const place = await makePlace();
    const files = await Promise.all(
      Array.from({ length: 1000 }, async (_, index) => ({
        output: join(place.conf, `${index}.conf`),
        content: await staged(place, String(index), `${index}\n`),
        isNew: true,
      })),
    );
    const seen = await run(place, files, ['sh', '-c', 'cat conf/*.conf | sort -n | tail -n 1']);
    expect(seen.output).toBe('999\n');
  }, 60_000);

  it('sees what is mounted below the directories, as it is, also a single file and a mount in a mount', async () => {
    const place = await makePlace();
    await mkdir(join(place.conf, 'mods', 'deep'), { recursive: true });
    for (const name of ['main', 'key']) await writeFile(join(place.conf, name), 'beneath\n');
    const [mods, more, key, main] = ['mods', 'mods/more', 'key', 'main'].map((name) => join(place.conf, name)) as [
      string,
      string,
      string,
      string,
    ];
    const script = `
      mount -t tmpfs t ${mods}; echo mod >${mods}/a; mkdir ${more}; mount -t tmpfs t ${more}; echo more >${more}/b
      echo secret >${mods}/key; mount --bind ${mods}/key ${key}; echo old >${mods}/main; mount --bind ${mods}/main ${main}
      exec "$@"`;
    const files = [
      { output: main, content: await staged(place, 'main', 'new\n'), isNew: false },
      { output: join(more, '..', 'mod'), content: await staged(place, 'mod', 'new mod\n'), isNew: true },
    ].map((file) => ({ ...file, output: join(file.output) }));
    const as = ['unshare', '--mount', 'sh', '-ec', script, 'sh'];
    const seen = await run(place, files, ['sh', '-c', 'cd conf; cat main key mods/a mods/mod mods/more/b; ls'], {
      as,
      mounted: [mods, more, key, main],
    });
    expect(seen).toMatchObject({ code: 0, output: 'new\nsecret\nmod\nnew mod\nmore\nkey\nmain\nmods\n' });
  });

  it('has no plan for a path with a line break', () => {
    const files = [{ output: '/a\n/b', content: null, isNew: false }];
    const places = { directories: ['/a\n'], mountPoints: [], token, prepared: '', base: '', cwd: '/' };
    expect(isolate(files, { ...places, uid: 0, gid: 0 })).toBeUndefined();
  });

  it('takes no other line for the token', () => {
    expect(outputOf(token, `sh: 1: mount: not found\n${token}\n`)).toBeUndefined();
    expect(outputOf(token, `${token}\nall right\n`)).toBe('all right\n');
  });
});

describeWithStranger('a program of a user without permissions that alone sees some files', () => {
  it('runs as that user, sees the new files, and can do no more than before', async () => {
    const place = await makePlace();
    for (const path of [place.conf, place.state, join(place.state, 'base')]) await chown(path, stranger, stranger);
    await writeFile(join(place.conf, 'old.conf'), 'old\n');
    const content = await staged(place, 'new', 'new\n');
    await chown(content, stranger, stranger);
    await writeFile(join(place.root, 'roots'), 'secret', { mode: 0o600 });
    const files = [
      { output: join(place.conf, 'new.conf'), content, isNew: true },
      { output: join(place.conf, 'old.conf'), content: null, isNew: false },
    ];
    const as = ['setpriv', '--reuid', `${stranger}`, '--regid', `${stranger}`, '--clear-groups', '--'];
    const script =
      'id -u; ls conf; cat conf/new.conf; cat roots; grep CapEff /proc/self/status; mount -t tmpfs none conf';
    const seen = await run(place, files, ['sh', '-c', script], { uid: stranger, gid: stranger, as });
    expect(seen.output).toMatch(/^65534\nnew\.conf\nnew\ncat: roots: Permission denied\nCapEff:\t0+\nmount: .*\n$/s);
    expect((await stat(join(place.conf, 'old.conf'))).size).toBe(4);
  });

  it('sees changed files beside a mount, over which that user can make no overlay, and no file that would be new', async () => {
    const place = await makePlace();
    const [changed, sub] = [join(place.conf, 'a.conf'), join(place.conf, 'sub')];
    await mkdir(sub);
    await writeFile(changed, 'old\n');
    for (const path of [place.conf, place.state, join(place.state, 'base')]) await chown(path, stranger, stranger);
    const content = await staged(place, 'a', 'new\n');
    await chown(content, stranger, stranger);
    const drop = ['setpriv', '--reuid', `${stranger}`, '--regid', `${stranger}`, '--clear-groups', '--'];
    const script = `mount -t tmpfs t ${sub}; echo sub >${sub}/b; exec "$@"`;
    const as = ['unshare', '--mount', 'sh', '-ec', script, 'sh', ...drop];
    const options = { uid: stranger, gid: stranger, as, mounted: [sub] };
    const files = [{ output: changed, content, isNew: false }];
    const seen = await run(place, files, ['sh', '-c', 'id -u; cat conf/a.conf conf/sub/b'], options);
    expect(seen).toMatchObject({ code: 0, output: '65534\nnew\nsub\n' });
    const come = [{ output: join(place.conf, 'b.conf'), content, isNew: true }];
    const refused = await run(place, come, ['true'], options);
    expect(refused).toMatchObject({ output: undefined, raw: expect.stringContaining('mount') as string });
  });
});
