import { chmodSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * Makes the command's first file a script of the shell as well (docs/adr/0013-a-shell-as-process-1.md): to the shell, the second
 * line is a `:` with arguments, and it has left before the comment ends; to JavaScript it is a string and a comment.
 *
 * @param {string} file whose first line is `#!…`.
 * @param {string} shell path of the script.
 */
export function putHead(file, shell) {
  const [script, code] = [shell, file].map((path) => readFileSync(path, 'utf8'));
  if (script.includes('*/')) throw new Error(`${shell} must not hold the end of a comment`);
  if (!code.startsWith('#!')) throw new Error(`${file} has no first line to put a head in the place of`);
  writeFileSync(file, `#!/bin/sh\n':' /*\n${script}*/` + code.slice(code.indexOf('\n')));
  chmodSync(file, 0o755);
}
