import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { prepareConfig, type Prepared } from '../../src/build/prepare.js';
import { findPlaces, isOneMoment } from '../../src/config/one-moment.js';
import { publish } from '../support/mounted.js';
import { tempDir } from '../support/temp.js';

const filesOf = (version: number, templates = './'): { config: string; others: Record<string, string> } => ({
  config: stringify({
    etcd: { endpoints: ['http://127.0.0.1:1'] },
    vars: { version },
    partials: { part: `${templates}part.hbs` },
    sources: [{ name: 'services', prefix: '/services/' }],
    targets: [{ name: 't', files: [{ path: '/run/out', template: `${templates}list.hbs`, dialect: 'none' }] }],
  }),
  others: { 'list.hbs': `list of ${version} {{> part}}`, 'part.hbs': `part of ${version}` },
});
const versionsOf = ({ loaded, templates }: Prepared): string => {
  const texts = [...templates.templates.values(), ...templates.partials.values()].map(({ text }) => text);
  return [`config of ${String(loaded.config.vars.version)}`, ...texts]
    .map((text) => /of (\d+)/.exec(text)?.[1] ?? '')
    .join();
};
const isTorn = (prepared: Prepared): boolean => new Set(versionsOf(prepared).split(',')).size > 1;

/** Reads a config again and again while `swap` replaces its files. Returns how often each version was read. */
async function readWhile(swap: (version: number) => Promise<void>, file: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const over = new AbortController();
  await swap(1);
  const swapping = (async () => {
    for (let version = 2; !over.signal.aborted; version++) {
      // Longer than one read takes: a kubelet swaps once a minute.
      await new Promise((resolve) => setTimeout(resolve, 5 + (version % 7) * 5));
      await swap(version);
    }
  })();
  for (let round = 0; round < 300; round++) {
    const prepared = await prepareConfig(file);
    const versions = versionsOf(prepared);
    counts.set(versions, (counts.get(versions) ?? 0) + 1);
    expect(isTorn(prepared), versions).toBe(false);
  }
  over.abort();
  await swapping;
  return counts;
}

describe('a config in a mounted ConfigMap that is swapped all the time', () => {
  it('is never combined with templates of another version', async () => {
    const dir = await tempDir();
    const mount = join(dir, 'config');
    const counts = await readWhile(
      async (version) => {
        const { config, others } = filesOf(version);
        await publish(mount, { 'rollcall.yaml': config, ...others });
      },
      join(mount, 'rollcall.yaml'),
    );
    expect(counts.size).toBeGreaterThan(5);
  });

  it('is found through a link to the mounted file, too', async () => {
    const dir = await tempDir();
    await symlink(join('mount', 'rollcall.yaml'), join(dir, 'rollcall.yaml'));
    const counts = await readWhile(
      async (version) => {
        const { config, others } = filesOf(version, './mount/');
        await publish(join(dir, 'mount'), { 'rollcall.yaml': config, ...others });
      },
      join(dir, 'rollcall.yaml'),
    );
    expect(counts.size).toBeGreaterThan(5);
  });
});

describe('files are of one moment', () => {
  const places = (entries: Record<string, string>): ReadonlyMap<string, string> => new Map(Object.entries(entries));

  it('when no link has moved, and new files are no links or behind the same one', () => {
    const before = places({ '/c/a': '/c/..1/a' });
    expect(isOneMoment(before, places({ '/c/a': '/c/..1/a', '/c/b': '/c/..1/b', '/t/x': '/t/x' }))).toBe(true);
  });

  it.each([
    ['a link has moved', { '/c/a': '/c/..2/a' }],
    ['a file has gone', { '/c/a': '!ENOENT' }],
    ['a new file is behind another link, which may have moved', { '/c/a': '/c/..1/a', '/t/x': '/t/..1/x' }],
  ])('not when %s', (_why, after) => {
    expect(isOneMoment(places({ '/c/a': '/c/..1/a' }), places(after))).toBe(false);
  });

  it('also when they do not exist', async () => {
    expect(await findPlaces(['/no/such/file', '/no/such/file'])).toEqual(places({ '/no/such/file': '!ENOENT' }));
  });
});
