// The command line of the benchmark.
import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { privateBase, privateMemory } from '../scripts/private-base.mjs';

export const usage = `npm run bench -- [options]
  What is measured; by default, the contenders at each size on each medium:
  --fan-out 5000                   one target with so many files, beside one file
  --targets 300                    so many targets, beside one
  --growth                         put to file, CPU, cold start and memory against instances, files, targets, sources
    --series files:1,10              these sizes of one series instead; may be repeated
  --idle                           CPU while nothing changes, and the delay of puts by resyncs
    --instances 50000                number of registered instances
    --idle-targets 300               number of targets
    --resyncs 20                     number of resyncs during puts
    --seconds 61                     duration of the idle measurement, after three times as long; 61 s have a resync in them
  --registrar                      one process that holds registrations
    --registrations 1000             number of registrations under one lease
    --ttl 10000                      TTL of the lease in milliseconds
    --seconds 60                     duration of the measurement
  --edits                          what an edited template costs the other targets; the first size only
  --observed                       what the admin server, its metrics and the guard cost, with and without side by side
  --kubernetes                     put to ConfigMap on a real API server, beside one apply; needs a built one: scripts/build-kube.mjs
  --all                            all figures of docs/performance.md, with sizes of its own

  --instances 1000,10000,50000     numbers of registered instances, in 50 services
  --contenders floor,limit,confd,rollcall
  --medium tmpfs,disk              the media for the file; the first one for --fan-out and --targets
  --alternate 1                    runs of each case, in turn; the figures are medians with least and greatest
  --updates 60                     number of timed puts, one after the other
  --storm 2000                     number of puts in the storm of the last run; 0 for none
  --gap 60                         milliseconds between updates
  --tmpfs DIR, --disk DIR          the directories (${privateMemory()} and ${privateBase()})
  --json                           print one line of JSON for each record instead of tables
  --output FILE                    also write all records into this file, for \`npm run bench:report\``;

const text = (fallback) => ({ type: 'string', ...(fallback !== undefined && { default: fallback }) });
const flag = { type: 'boolean', default: false };

const counts = [
  ...['fan-out', 'targets', 'idle-targets', 'resyncs', 'seconds', 'registrations', 'ttl'],
  ...['instances', 'alternate', 'updates', 'storm', 'gap'],
];

/** @throws Error when one of them is not a whole number */
export function numbers(list, option = 'a size') {
  const all = list.split(',').map(Number);
  if (list.trim() === '' || !all.every((number) => Number.isInteger(number) && number >= 0))
    throw new Error(`${option}: \`${list}\` is not a whole number, or several with commas between them`);
  return all;
}

/** A wrong number, or a file that cannot be written, shows before the measurement and not after it. */
function check(values) {
  for (const name of counts) if (values[name] !== undefined) numbers(values[name], `--${name}`);
  if (values.output) accessSync(dirname(resolve(values.output)), constants.W_OK);
}

export function readOptions() {
  const { values } = parseArgs({
    options: {
      ...{
        'fan-out': text(),
        targets: text(),
        growth: flag,
        idle: flag,
        registrar: flag,
        edits: flag,
        observed: flag,
        kubernetes: flag,
        all: flag,
      },
      series: { type: 'string', multiple: true },
      'idle-targets': text('300'),
      resyncs: text('20'),
      seconds: text(),
      registrations: text('1000'),
      ttl: text('10000'),
      instances: text(),
      contenders: text('floor,limit,confd,rollcall'),
      medium: text('tmpfs,disk'),
      alternate: text('1'),
      updates: text('60'),
      storm: text('2000'),
      gap: text('60'),
      tmpfs: text(privateMemory()),
      disk: text(privateBase()),
      ...{ json: flag, output: text(), help: flag },
    },
  });
  check(values);
  return values;
}
