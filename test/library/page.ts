import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '../support/temp.js';

const root = join(import.meta.dirname, '../..');
/** The programs of a page in one language, in their order. */
export function programsOf(language: 'js' | 'ts' | 'text', page = 'docs/library.md'): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, body = '']) => body);
}

/**
 * A folder of somebody who has installed the package as it is built here.
 *
 * @param files by name; where they speak of the usual etcd, the given one is put
 */
export async function createProject(files: Readonly<Record<string, string>>, endpoint: string): Promise<string> {
  const folder = await tempDir('rollcall-library-');
  await mkdir(join(folder, 'node_modules'));
  await symlink(root, join(folder, 'node_modules', 'rollcall'));
  for (const [name, body] of Object.entries(files))
    await writeFile(join(folder, name), body.replaceAll('http://127.0.0.1:2379', endpoint));
  return folder;
}
