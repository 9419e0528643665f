#!/usr/bin/env node
// How fast a put in etcd comes to be in the file: rollcall beside the bare-Node floor and confd, in one run.
//   npm run bench                                        all sizes, on tmpfs and on disk; some 20 minutes
//   npm run bench -- --instances 1000 --medium tmpfs     one size in one place
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measure } from './measure.mjs';
import { startRegistry } from './registry.mjs';
import { goalsOf, tableOf } from './report.mjs';

const usage = `npm run bench -- [options]
  --instances 1000,10000,50000     how many are registered, in 50 services
  --contenders floor,confd,rollcall
  --medium tmpfs,disk              where the file is written
  --updates 60                     puts whose way to the file is timed, one after the other
  --storm 2000                     puts at once
  --gap 60                         ms between updates
  --tmpfs /dev/shm, --disk DIR     the folders (disk: ${tmpdir()})
  --json                           one line of JSON for each measurement instead of tables`;

const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: '1000,10000,50000' },
    contenders: { type: 'string', default: 'floor,confd,rollcall' },
    medium: { type: 'string', default: 'tmpfs,disk' },
    updates: { type: 'string', default: '60' },
    storm: { type: 'string', default: '2000' },
    gap: { type: 'string', default: '60' },
    tmpfs: { type: 'string', default: '/dev/shm' },
    disk: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const numbers = (text) => text.split(',').map(Number);
const say = (text) => (values.json ? process.stderr : process.stdout).write(`${text}\n`);

async function findContenders() {
  const found = [];
  for (const name of values.contenders.split(',')) {
    const contender = await import(resolve(import.meta.dirname, 'contenders', `${name}.mjs`));
    const why = contender.missing();
    if (why === undefined) found.push({ name, ...contender });
    else if (name === 'rollcall') throw new Error(why);
    else say(`not measured: ${contender.title}: ${why}`);
  }
  return found;
}

/** In a folder of its own, on an etcd of its own, so that none inherits what another left. */
async function runOne(contender, folder, options) {
  const dir = mkdtempSync(join(folder, 'rollcall-bench-'));
  const registry = await startRegistry(dir);
  try {
    return await measure(contender, registry, dir, options);
  } finally {
    await registry.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function run() {
  const contenders = await findContenders();
  const [load = 0] = loadavg();
  const [cpu] = cpus();
  say(`${cpu?.model ?? 'unknown CPU'}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}`);
  for (const { title, describe } of contenders) if (describe) say(`${title}: ${describe()}`);
  if (load > 0.5)
    say(`The load of this machine is ${load.toFixed(1)} before anything is measured: figures will be worse.`);
  for (const medium of values.medium.split(','))
    for (const instances of numbers(values.instances)) {
      const options = {
        instances,
        updates: Number(values.updates),
        storm: Number(values.storm),
        gap: Number(values.gap),
      };
      const results = [];
      for (const contender of contenders) {
        const figures = await runOne(contender, values[medium] ?? medium, options);
        const result = { name: contender.name, title: contender.title, medium, instances, ...figures };
        results.push(result);
        if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
      }
      say(`\n## ${instances} instances, ${medium}\n\n${tableOf(results)}`);
      for (const sentence of goalsOf(results)) say(sentence);
    }
}

if (values.help) console.log(usage);
else await run();
