#!/usr/bin/env node
// Changes the scanners of src/render/dialects in small ways, and expects that a test of test/render/dialects fails for each change. A change
// that no test notices is a survivor: write a test, remove code that is not needed, or explain in scripts/mutation/explained.txt why the change
// makes no difference.
//   npm run test:mutation                all files
//   npm run test:mutation -- yaml        the files whose path contains "yaml"
//
// Why not StrykerJS: see docs/dependencies.md.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { explain, readExplained } from './mutation/explained.mjs';
import { mutate } from './mutation/mutate.mjs';
import { pureTests } from './mutation/pure-tests.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const room = 'src/render/dialects';
const filter = process.argv[2] ?? '';

const files = readdirSync(join(root, room))
  .map((name) => join(room, name))
  .filter((file) => file.endsWith('.ts') && file.includes(filter));
const mutants = files.flatMap((file) => {
  const source = readFileSync(join(root, file), 'utf8');
  return mutate(source).map((mutant) => describe(file, source, mutant));
});

function describe(file, source, { start, end, text }) {
  const mutated = source.slice(0, start) + text + source.slice(end);
  const from = source.lastIndexOf('\n', start - 1) + 1;
  const to = source.indexOf('\n', end);
  const oneLine = (code) => code.trim().replace(/\s+/g, ' ');
  return {
    file,
    line: source.slice(0, start).split('\n').length,
    before: oneLine(source.slice(from, to)),
    after: oneLine(source.slice(from, start) + text + source.slice(end, to)),
    source: mutated,
  };
}

const testFiles = pureTests(root);
const survivors = [];
let next = 0;
let done = 0;
const started = Date.now();

/** Starts a worker, which judges mutants until none is left. One that runs out of memory is replaced. */
function work() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('mutation/worker.mjs', import.meta.url), {
      workerData: { testFiles },
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    let current;
    const give = () => {
      current = mutants[next++];
      if (current === undefined) {
        resolve();
        void worker.terminate();
        return;
      }
      worker.postMessage({ id: next, file: join(root, current.file), source: current.source });
    };
    worker.on('message', ({ ready, killer }) => {
      if (!ready) {
        done++;
        if (killer === undefined) survivors.push(current);
        if (process.env.MUTATION_VERBOSE) console.log(`${current.file}:${current.line} ${current.after} <- ${killer}`);
      }
      give();
    });
    worker.on('error', (error) => {
      if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY' || current === undefined) return reject(error);
      done++;
      work().then(resolve, reject);
    });
  });
}

const workers = Math.max(1, Math.min(Number(process.env.W ?? 2), mutants.length));
await Promise.all(Array.from({ length: workers }, work));

const { unexplained, stale } = explain(survivors, readExplained(root), files);
for (const { file, line, before, after } of unexplained.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line))
  console.log(`${relative('.', file)}:${line} survives\n  - ${before}\n  + ${after}`);
for (const { file, before, after } of stale)
  console.log(`${file}: explained, but killed or gone\n  - ${before}\n  + ${after}`);
const seconds = Math.round((Date.now() - started) / 1000);
console.log(
  `${done} mutants of ${files.length} files in ${seconds} s: ${survivors.length - unexplained.length} survivors are explained, ${unexplained.length} are not`,
);
process.exitCode = unexplained.length + stale.length > 0 ? 1 : 0;
