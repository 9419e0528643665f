import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mountPointsIn, mountsBelow } from '../../src/process/mount-points.js';

describe('mount points', () => {
  it('are read with their blanks and backslashes, without mounts that cannot be reached', () => {
    const text = [
      '22 27 0:21 / /proc rw,relatime - proc proc rw',
      '36 35 98:0 /mnt1 /etc/my\\040conf\\134d rw,noatime master:1 - ext3 /dev/root rw,errors=continue',
      '37 35 98:0 / /etc/gone//deleted rw - tmpfs tmpfs rw',
      '',
    ].join('\n');
    expect(mountPointsIn(text)).toEqual(['/proc', '/etc/my conf\\d']);
  });

  it('below a directory are the topmost ones, whatever the names beside them', () => {
    const points = new Set(['/etc/nginx', '/etc/nginx/a', '/etc/nginx/a-b', '/etc/nginx/a/b', '/etc/nginx-old', '/']);
    expect(mountsBelow('/etc/nginx', points)).toEqual(['/etc/nginx/a', '/etc/nginx/a-b']);
    expect(mountsBelow('/', points)).toEqual(['/etc/nginx', '/etc/nginx-old']);
  });

  it('below a directory cover all mounts below it, and none covers another', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'a-'), { minLength: 1, maxLength: 4 })
      .map((names) => `/${names.join('/')}`);
    fc.assert(
      fc.property(fc.array(path), path, (points, directory) => {
        const found = mountsBelow(directory, new Set(points));
        const covers = (above: string, each: string) => each === above || each.startsWith(`${above}/`);
        for (const each of points)
          expect(found.some((above) => covers(above, each))).toBe(each !== directory && covers(directory, each));
        for (const each of found) expect(found.filter((above) => covers(above, each))).toEqual([each]);
      }),
    );
  });
});
