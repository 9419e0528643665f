#!/usr/bin/env node
// Measures how fast a put in etcd reaches the file: rollcall, the bare-Node floor and confd in one run.
//   npm run bench                                        all sizes, on tmpfs and on disk; about 20 minutes
//   npm run bench -- --instances 1000 --medium tmpfs     one size on one medium
//   npm run bench -- --registrar                         the cost of registrations instead
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
  --instances 1000,10000,50000     numbers of registered instances, in 50 services
  --contenders floor,confd,rollcall
  --medium tmpfs,disk              the media for the file
  --updates 60                     number of timed puts, one after the other
  --storm 2000                     number of puts in the storm
  --gap 60                         milliseconds between updates
  --tmpfs DIR, --disk DIR          the directories (${privateMemory()} and ${privateBase()})
  --registrar                      measure one process that holds registrations instead:
    --registrations 1000             number of registrations under one lease
    --ttl 10000                      TTL of the lease in milliseconds
    --seconds 60                     duration of the measurement
  --edits                          measure what an edited template costs the other targets instead:
    --instances, --updates, --gap    as above; the first size only
  --json                           print one line of JSON for each measurement instead of tables`;

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

/** Runs a measurement in a new directory with a new etcd, so that measurements do not influence each other. */
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
    say(`The load of this machine is ${load.toFixed(1)} before the measurement: the figures will be worse.`);
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
