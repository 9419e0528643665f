#!/usr/bin/env node
// Measures how fast a put in etcd reaches the file, how the cost grows, and what an idle process costs.
//   npm run bench                                        all sizes of the contenders, on tmpfs and on disk
//   npm run bench -- --fan-out 5000 --alternate 5        one part; --help lists all of them
//   npm run bench -- --all --output docs/performance/figures.json
import { writeFileSync } from 'node:fs';
import { numbers, readOptions, usage } from './options.mjs';
import { findContenders, measureContenders } from './parts/contenders.mjs';
import { measureEdits } from './parts/edits.mjs';
import { measureGrowth, readSeries, usualSeries } from './parts/growth.mjs';
import { measureIdle } from './parts/idle.mjs';
import { measureKubernetes } from './parts/kubernetes.mjs';
import { measureObserved } from './parts/observed.mjs';
import { measureRegistrar } from './parts/registrar.mjs';
import { measureFanOut, measureTargets } from './parts/scale.mjs';
import { measureAll } from './plan.mjs';
import { goalsOf, sentenceOf } from './report/goals.mjs';
import { serialize } from './report/records.mjs';
import { tablesOf } from './report/tables.mjs';
import { describeMachine, makeSession } from './session.mjs';

const values = readOptions();
const say = (text) => (values.json ? process.stderr : process.stdout).write(`${text}\n`);
const printJson = (record) => values.json && process.stdout.write(`${JSON.stringify(record)}\n`);

const session = makeSession(
  {
    folders: { tmpfs: values.tmpfs, disk: values.disk },
    runs: Number(values.alternate),
    gap: Number(values.gap),
    updates: Number(values.updates),
  },
  { say, onRecord: printJson },
);
const media = values.medium.split(',');
const [medium] = media;
const [firstSize] = numbers(values.instances ?? '50000');

/** The parts that the command line asks for. */
const parts = {
  'fan-out': () => measureFanOut(session, { files: Number(values['fan-out']), medium }),
  targets: () => measureTargets(session, { targets: Number(values.targets), medium }),
  growth: () => measureGrowth(session, values.series ? readSeries(values.series) : usualSeries),
  idle: () =>
    measureIdle(session, {
      instances: firstSize,
      targets: Number(values['idle-targets']),
      seconds: Number(values.seconds ?? '61'),
      resyncs: Number(values.resyncs),
      medium,
    }),
  registrar() {
    const [registrations, ttl, seconds] = [values.registrations, values.ttl, values.seconds ?? '60'].map(Number);
    return session.once('registrar', (...world) => measureRegistrar(...world, { registrations, ttl, seconds }));
  },
  edits() {
    const [instances] = numbers(values.instances ?? '1000');
    const options = { instances, updates: Number(values.updates), gap: Number(values.gap) };
    return session.once('edits', (...world) => measureEdits(...world, options), { instances });
  },
  observed: () =>
    measureObserved(session, {
      instances: numbers(values.instances ?? '1000')[0],
      ...{ updates: Number(values.updates), gap: Number(values.gap), medium },
    }),
  kubernetes: () =>
    measureKubernetes(session, {
      instances: numbers(values.instances ?? '200')[0],
      ...{ updates: Number(values.updates), gap: Number(values.gap), medium },
    }),
  all: () => measureAll(session, values),
};

async function compareContenders() {
  const contenders = await findContenders(values.contenders.split(','), say);
  for (const each of media)
    for (const instances of numbers(values.instances ?? '1000,10000,50000'))
      await measureContenders(session, contenders, { instances, medium: each, storm: Number(values.storm) });
}

async function main() {
  const machine = describeMachine();
  session.records.push(machine);
  say(`${machine.cpu}, ${machine.cores} cores, Linux ${machine.linux}, Node ${machine.node}, etcd ${machine.etcd}`);
  if (machine.load > 0.5)
    say(`The load of this machine is ${machine.load.toFixed(1)} before the measurement: the figures will be worse.`);
  const asked = Object.keys(parts).filter((name) => values[name]);
  try {
    if (asked.length === 0) await compareContenders();
    for (const name of asked) await parts[name]();
  } finally {
    // What a long run has measured is kept when a later part fails.
    if (values.output) writeFileSync(values.output, serialize(session.records));
  }
  for (const { heading, table } of tablesOf(session.records)) say(`\n## ${heading}\n\n${table}`);
  for (const goal of goalsOf(session.records)) say(sentenceOf(goal));
}

if (values.help) console.log(usage);
else await main();
