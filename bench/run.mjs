#!/usr/bin/env node
// How fast a put in etcd comes to be in the file: rollcall beside the bare-Node floor and confd, in one run.
//   npm run bench                                        all sizes, on tmpfs and on disk; some 20 minutes
//   npm run bench -- --instances 1000 --medium tmpfs     one size in one place
//   npm run bench -- --registrar                         what a process pays for its registrations instead
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { privateBase, privateMemory } from '../scripts/private-base.mjs';
import { measureEdits } from './edits.mjs';
import { measure } from './measure.mjs';
import { measureRegistrar } from './registrar.mjs';
import { startRegistry } from './registry.mjs';
import { goalsOf, tableOf } from './report.mjs';

const usage = `npm run bench -- [options]
  --instances 1000,10000,50000     how many are registered, in 50 services
  --contenders floor,confd,rollcall
  --medium tmpfs,disk              where the file is written
  --updates 60                     puts whose way to the file is timed, one after the other
  --storm 2000                     puts at once
  --gap 60                         ms between updates
  --tmpfs DIR, --disk DIR          the folders (${privateMemory()} and ${privateBase()})
  --registrar                      one process that holds registrations, instead of all this:
    --registrations 1000             how many, of one lease
    --ttl 10000                      its ttl in ms
    --seconds 60                     how long it is watched
  --edits                          what an edited template costs the other targets, instead of all this:
    --instances, --updates, --gap    as above; the first size only
  --json                           one line of JSON for each measurement instead of tables`;

const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: '1000,10000,50000' },
    contenders: { type: 'string', default: 'floor,confd,rollcall' },
    medium: { type: 'string', default: 'tmpfs,disk' },
    updates: { type: 'string', default: '60' },
    storm: { type: 'string', default: '2000' },
    gap: { type: 'string', default: '60' },
    tmpfs: { type: 'string', default: privateMemory() },
    disk: { type: 'string', default: privateBase() },
    registrar: { type: 'boolean', default: false },
    registrations: { type: 'string', default: '1000' },
    ttl: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '60' },
    edits: { type: 'boolean', default: false },
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
async function withRegistry(folder, take) {
  const dir = mkdtempSync(join(folder, 'rollcall-bench-'));
  const registry = await startRegistry(dir);
  try {
    return await take(registry, dir);
  } finally {
    await registry.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

function describeMachine() {
  const [load = 0] = loadavg();
  const [cpu] = cpus();
  say(`${cpu?.model ?? 'unknown CPU'}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}`);
  if (load > 0.5)
    say(`The load of this machine is ${load.toFixed(1)} before anything is measured: figures will be worse.`);
}

async function runRegistrar() {
  describeMachine();
  const options = {
    registrations: Number(values.registrations),
    ttl: Number(values.ttl),
    seconds: Number(values.seconds),
  };
  const result = await withRegistry(values.tmpfs, (registry) => measureRegistrar(registry, options));
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else for (const [name, value] of Object.entries(result)) say(`${name.padEnd(20)} ${Number(value.toFixed(2))}`);
}

async function runEdits() {
  describeMachine();
  const [instances = 0] = numbers(values.instances);
  const options = { instances, updates: Number(values.updates), gap: Number(values.gap) };
  const result = await withRegistry(values.tmpfs, (registry, dir) => measureEdits(registry, dir, options));
  if (values.json) process.stdout.write(`${JSON.stringify({ instances, ...result })}\n`);
  else for (const [name, value] of Object.entries(result)) say(`${name.padEnd(20)} ${Number(value.toFixed(2))}`);
}

async function run() {
  const contenders = await findContenders();
  describeMachine();
  for (const { title, describe } of contenders) if (describe) say(`${title}: ${describe()}`);
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
        const folder = values[medium] ?? medium;
        const figures = await withRegistry(folder, (registry, dir) => measure(contender, registry, dir, options));
        const result = { name: contender.name, title: contender.title, medium, instances, ...figures };
        results.push(result);
        if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
      }
      say(`\n## ${instances} instances, ${medium}\n\n${tableOf(results)}`);
      for (const sentence of goalsOf(results)) say(sentence);
    }
}

if (values.help) console.log(usage);
else await (values.registrar ? runRegistrar() : values.edits ? runEdits() : run());
