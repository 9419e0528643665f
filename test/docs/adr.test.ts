import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'docs', 'adr');
const files = readdirSync(folder)
  .filter((file) => file !== 'README.md')
  .sort();
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

/** Number, title and status of a decision, and the pages that its status names. */
function outline(file: string): { number: string; title: string; status: string; successors: string[] } {
  const [, number = '', title = '', status = ''] = /^# (\d+)\. (.+)\n\nStatus: (.+)\n\n/.exec(read(file)) ?? [];
  const successors = [...status.matchAll(/\((\d{4}-[a-z0-9-]+\.md)\)/g)].map(([, name = '']) => name);
  return { number, title, status, successors };
}

describe('the decisions', () => {
  it('are numbered without a gap', () => {
    expect(files.map((file) => Number(file.slice(0, 4)))).toEqual(files.map((_, index) => index + 1));
  });

  it.each(files)('%s has its number, a title and a status', (file) => {
    const { number, title, status } = outline(file);
    expect(Number(number)).toBe(Number(file.slice(0, 4)));
    expect(title).not.toBe('');
    expect(status).toMatch(/^(Accepted|(Amended|Superseded) by \[ADR \d+\]\(\S+\)(, \[ADR \d+\]\(\S+\))*)$/);
  });

  it.each(files)('%s is amended or superseded by a later one only', (file) => {
    const { status, successors } = outline(file);
    expect(successors.length > 0).toBe(status !== 'Accepted');
    for (const successor of successors) {
      expect(files).toContain(successor);
      expect(status).toContain(`[ADR ${Number(successor.slice(0, 4))}](${successor})`);
      expect(successor > file).toBe(true);
    }
  });

  it.each(files)('%s names no file of the repository that is not there', (file) => {
    const paths = [...read(file).matchAll(/`((?:src|test|scripts|templates)\/[^`\s*]*)`/g)].map(
      ([, path = '']) => path,
    );
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('stand in their index, with their titles and statuses', () => {
    const rows = [...read('README.md').matchAll(/^\| (\d+) +\| \[(.+)\]\((\S+\.md)\) +\| (.+?) +\|$/gm)];
    expect(rows.map(([, number, title, file, status]) => ({ number, title, file, status }))).toEqual(
      files.map((file) => {
        const { number, title, status } = outline(file);
        return { number, title, file, status };
      }),
    );
  });
});
