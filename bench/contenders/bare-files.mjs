// The least that a Node process can do for a fan-out: it writes the file of each service, flushes and renames it, and flushes the
// directory once. It reads no etcd.
//   node bare-files.mjs DIRECTORY FILES
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf, serviceOf, weightOf } from '../registrations.mjs';

const [out, count] = process.argv.slice(2);
const services = Number(count);
for (let i = 0; i < services; i++) {
  const name = serviceOf(i, { services });
  const file = join(out, `${name}.conf`);
  const staged = openSync(`${file}.t`, 'w');
  writeSync(staged, `upstream ${name} {\n  server ${addressOf(i)}:1000 weight=${weightOf(i)};\n}\n`);
  fsyncSync(staged);
  closeSync(staged);
  renameSync(`${file}.t`, file);
}
const directory = openSync(out, 'r');
fsyncSync(directory);
closeSync(directory);
