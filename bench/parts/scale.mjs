// One target with many files, and many targets, each beside the same put to one service and one file: the same registrations are in etcd.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from '../contenders/rollcall.mjs';
import { fanOut, manyTargets, oneService } from '../layouts.mjs';
import { startProcess } from '../process.mjs';

const bareFiles = join(import.meta.dirname, '..', 'contenders', 'bare-files.mjs');
const perTarget = 10;

/** The time from exec until a bare Node process has written, flushed and renamed the same files. */
async function writeFiles(dir, files) {
  const out = join(dir, 'out');
  mkdirSync(out);
  const from = performance.now();
  const process_ = startProcess([process.execPath, bareFiles, out, String(files)], dir);
  await process_.ended;
  const coldMs = performance.now() - from;
  await process_.stop();
  return { coldMs };
}

/** Records of part `fan-out`: a file for each of so many services. `options` are those of `alternate`. */
export function measureFanOut(session, { files, ...options }) {
  const one = oneService({ instances: files, services: files });
  const cases = [
    { name: 'one', title: 'one file of one service', subject: { prepare, layout: one } },
    { name: 'all', title: 'a file of each service', subject: { prepare, layout: fanOut({ files }) } },
    { name: 'bare', title: 'bare Node writes them', take: (_registry, dir) => writeFiles(dir, files) },
  ];
  return session.alternate(cases, { part: 'fan-out', size: files }, options);
}

/** Records of part `targets`: as many targets as services, with ten instances each. */
export function measureTargets(session, { targets, ...options }) {
  const counts = { instances: targets * perTarget, services: targets };
  const cases = [
    { name: 'one', title: 'one target of one service', subject: { prepare, layout: oneService(counts) } },
    {
      name: 'all',
      title: 'a target for each service',
      subject: { prepare, layout: manyTargets({ targets, ...counts }) },
    },
  ];
  return session.alternate(cases, { part: 'targets', size: targets }, options);
}
