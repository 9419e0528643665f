import { describe, expect, it } from 'vitest';
import { describeConfiguration } from '../../scripts/docs/configuration.mjs';

const parts = await describeConfiguration(
  (path) => import(/* @vite-ignore */ `../../src/${path.replace(/\.js$/, '.ts')}`),
);
const rows = Object.values(parts).flatMap((table) =>
  table.split('\n').flatMap((line) => {
    const [, path, type, value, meaning] = /^\| `([\w.[\]]+)` \| (.*?) \| (.*?) \| (.*) \|$/.exec(line) ?? [];
    return path === undefined ? [] : [{ path, type, default: value, meaning }];
  }),
);

// Another test checks that the page has these tables.
describe('the tables of docs/configuration.md', () => {
  it('have every key once', () => {
    const paths = rows.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    const some = ['etcd.tls.ca', 'vars.NAME', 'sources[].format.fields.NAME', 'targets[].files[].path'];
    expect(paths).toEqual(expect.arrayContaining([...some, 'targets[].confirm.http.headers.NAME.file']));
  });

  it.each(rows)('have type, default and meaning of $path', ({ type, default: value, meaning }) => {
    expect(type).not.toBe('');
    expect(value).not.toBe('');
    expect(meaning).toMatch(/^[A-Z`].*\.$/);
  });

  it('refer to existing blocks instead of repeating their keys', () => {
    for (const { path, meaning = '' } of rows) {
      const [, like] = /The same keys as `(.*)`\./.exec(meaning) ?? [];
      if (like === undefined) continue;
      expect(rows.some((row) => row.path.startsWith(`${like}.`))).toBe(true);
      expect(rows.some((row) => row.path.startsWith(`${path}.`))).toBe(false);
    }
  });

  it.each([
    ['etcd.callTimeout', 'duration', '`5s`'],
    ['sources[].format', 'text or map', '`auto`'],
    ['sources[].format.name', 'name of a format', 'required'],
    ['sources[].addresses.deny', 'list of CIDR blocks', 'none'],
    ['targets[].files', 'list of maps', 'none'],
    ['targets[].files[].mode', 'text', 'that of the existing file; otherwise `0644`, or `0600` for secret contents'],
    ['targets[].files[].owner', 'number or text', 'that of the existing file; otherwise the user of rollcall'],
    ['targets[].check', 'command or map', 'none'],
    ['targets[].reload.http.headers', 'map', '`{}`'],
  ])('know that %s is: %s, %s', (path, type, value) => {
    expect(rows.find((row) => row.path === path)).toMatchObject({ type, default: value });
  });
});
