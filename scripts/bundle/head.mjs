import { chmodSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * Makes a bundle's entry a script of the shell as well (docs/adr/0013-a-shell-as-process-1.md): to the shell, the second
 * line is a `:` with arguments, and it has left before the comment ends; to JavaScript it is a string and a comment.
 *
 * @param {string} file the entry, whose first line is `#!…`; its source map lies beside it.
 * @param {string} shell path of the script.
 */
export function putHead(file, shell) {
  const [script, code, map] = [shell, file, `${file}.map`].map((path) => readFileSync(path, 'utf8'));
  if (script.includes('*/')) throw new Error(`${shell} must not hold the end of a comment`);
  if (!code.startsWith('#!')) throw new Error(`${file} has no first line to put a head in the place of`);
  const head = `#!/bin/sh\n':' /*\n${script}*/`;
  writeFileSync(file, head + code.slice(code.indexOf('\n')));
  const { mappings, ...rest } = JSON.parse(map);
  const added = head.split('\n').length - 1;
  writeFileSync(`${file}.map`, JSON.stringify({ ...rest, mappings: ';'.repeat(added) + mappings }));
  chmodSync(file, 0o755);
}
