import { describe, expect, it } from 'vitest';
import { directoryOf, filesSchema, whyNotStaged } from '../../../src/targets/files/schema.js';

const base = { path: '/etc/a.conf', template: 'json' };
const messagesOf = (...files: object[]): string[] =>
  filesSchema.safeParse(files.map((file) => ({ ...base, ...file }))).error?.issues.map(({ message }) => message) ?? [];

describe('the files block', () => {
  it('fills in the defaults', () => {
    expect(filesSchema.parse([base])).toEqual([{ ...base, inPlace: false, secret: false }]);
  });

  const good: [string, object][] = [
    ['a mode without a leading zero', { mode: '640' }],
    ['owners by id and by name', { owner: 0, group: 'www-data' }],
    ['a pattern', { path: '/m/{{service.name}}.map', forEach: 'service' }],
    ['a pattern with a block', { path: '/m/{{#if x}}a{{/if}}.map', forEach: 'service' }],
    ['names with spaces and dots', { path: '/etc/a b..c/.hidden' }],
    ['a file that is mounted by itself', { inPlace: true }],
  ];
  it.each(good)('accepts %s', (_name, file) => {
    expect(messagesOf(file)).toEqual([]);
  });

  const bad: [string, object, RegExp][] = [
    ['a relative path', { path: 'a.conf' }, /absolute/],
    ['a path that climbs', { path: '/etc/../a' }, /a segment \. or \.\./],
    ['a directory', { path: '/etc/nginx/' }, /a segment \. or \.\./],
    ['a NUL', { path: '/etc/a\0b' }, /NUL/],
    ['the name of a temporary file', { path: '/etc/.rollcall-x' }, /temporary/],
    ['a pattern without forEach', { path: '/m/{{service.name}}' }, /add `forEach: service`/],
    ['forEach without a pattern', { forEach: 'service' }, /put \{\{service.name\}\}/],
    ['a pattern in a directory', { path: '/m/{{service.name}}/a', forEach: 'service' }, /last segment only/],
    ['a pattern in place', { path: '/m/{{service.name}}', forEach: 'service', inPlace: true }, /forEach/],
    ['a mode as a number', { mode: 644 }, /string/],
    ['a mode that is none', { mode: '0999' }, /octal/],
    ['a set-id bit', { mode: '4755' }, /octal/],
    ['a mode that hides the file from us', { mode: '0044' }, /owner read/],
    ['an unknown dialect', { dialect: 'apache' }, /nginx/],
    ['an unknown key', { perms: '0644' }, /perms/],
    ['an owner with a colon', { owner: 'a:b' }, /./],
  ];
  it.each(bad)('refuses %s', (_name, file, message) => {
    expect(messagesOf(file).join('\n')).toMatch(message);
  });

  it('refuses one path twice', () => {
    expect(messagesOf({}, { path: '/etc/b' }, {})).toEqual(['is the path of another file above']);
  });
});

it('finds the directory of a pattern, whatever slashes its tags hold', () => {
  expect(directoryOf('/etc/maps/{{service.name}}.map')).toBe('/etc/maps');
  expect(directoryOf('/etc/maps/x-{{#if a}}b{{/if}}')).toBe('/etc/maps');
  expect(directoryOf('/{{service.name}}')).toBe('');
});

it('allows a staged check only for one plain file', () => {
  expect(whyNotStaged(filesSchema.parse([base]))).toBeUndefined();
  expect(whyNotStaged(filesSchema.parse([base, { ...base, path: '/b' }]))).toMatch(/one file/);
  expect(whyNotStaged(filesSchema.parse([{ ...base, path: '/{{service.name}}', forEach: 'service' }]))).toMatch(
    /one file/,
  );
});
