// The limit: the least that a compiled process can do for the task (../limit, Go). Its program is $LIMIT; without it, the program is
// built once, where Go is installed. An edit of its source builds it again.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

export const title = 'limit (Go)';

const source = join(import.meta.dirname, '..', 'limit');
const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'rollcall-bench');
const files = ['main.go', 'go.mod', 'go.sum'];

function programOf() {
  if (process.env.LIMIT) return process.env.LIMIT;
  const hash = createHash('sha256');
  for (const name of files) hash.update(readFileSync(join(source, name)));
  return join(cache, `limit-${hash.digest('hex').slice(0, 12)}`);
}

export function missing() {
  const program = programOf();
  if (existsSync(program)) return undefined;
  if (process.env.LIMIT) return `no ${program}: set LIMIT to the path of its program`;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  const env = { ...process.env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
  const args = ['build', '-mod=readonly', '-trimpath', '-o', unfinished, '.'];
  const { error, status, stderr } = spawnSync('go', args, { cwd: source, env, encoding: 'utf8' });
  if (error) return 'Go is not installed: install it, or set LIMIT to the path of its program';
  if (status !== 0) return `go build failed: ${stderr.trim().split('\n').at(-1)}`;
  renameSync(unfinished, program);
  return undefined;
}

export function prepare({ endpoint, prefix, file, reload }) {
  return [programOf(), endpoint, prefix, file, reload];
}
