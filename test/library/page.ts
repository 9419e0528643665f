import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '../support/temp.js';

const root = join(import.meta.dirname, '../..');
/** The programs of a page in one language, in order. */
export function programsOf(language: 'js' | 'ts' | 'text', page = 'docs/library.md'): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, body = '']) => body);
}

/**
 * A directory of a user that has the built package installed.
 *
 * @param files file contents by name; the default etcd endpoint in them is replaced by the given one
 */
export async function createProject(files: Readonly<Record<string, string>>, endpoint: string): Promise<string> {
  const folder = await tempDir('rollcall-library-');
  await mkdir(join(folder, 'node_modules'));
  await symlink(root, join(folder, 'node_modules', 'rollcall'));
  for (const [name, body] of Object.entries(files))
    await writeFile(join(folder, name), body.replaceAll('http://127.0.0.1:2379', endpoint));
  return folder;
}
