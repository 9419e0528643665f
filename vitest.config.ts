import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { needsControlPlane, needsServers } from './test/support/projects.js';

const tests = readdirSync(join(import.meta.dirname, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => join('test', file));
const kubernetes = tests.filter(
  (file) => file.startsWith('test/kubernetes/') || needsControlPlane(join(import.meta.dirname, file)),
);
/** They restart, cut off or restore etcd again and again, and mirror src/ all the same. */
const outages = [
  'test/etcd/cluster.test.ts',
  'test/etcd/outage.test.ts',
  'test/etcd/restored.test.ts',
  'test/etcd/silence.test.ts',
  'test/integration/away.test.ts',
  'test/registrar/many.test.ts',
];
/** Tests that kill a process or a server at every step take minutes. */
const isLong = (file: string): boolean =>
  file.startsWith('test/faults/') ||
  outages.includes(file) ||
  (file.startsWith('test/contract/') && needsServers(join(import.meta.dirname, file)));
const faults = tests.filter((file) => isLong(file) && !kubernetes.includes(file));
const image = tests.filter((file) => file.startsWith('test/image/'));
const others = tests.filter((file) => ![...faults, ...kubernetes, ...image].includes(file));
const server = others.filter((file) => needsServers(join(import.meta.dirname, file)));
const unit = others.filter((file) => !server.includes(file));

const setupFiles = [join(import.meta.dirname, 'test/support/setup.ts')];

export default defineConfig({
  test: {
    maxWorkers: 2,
    // Files of one worker share the modules, so each is loaded once.
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
    setupFiles,
    projects: [
      { extends: true, test: { name: 'unit', include: unit, testTimeout: 60_000 } },
      {
        // These wait for their servers half of the time.
        extends: true,
        test: {
          name: 'server',
          include: server,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'faults',
          setupFiles,
          include: faults,
          testTimeout: 600_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // One control plane at a time: it takes half a gigabyte of memory.
        test: {
          name: 'kubernetes',
          setupFiles,
          include: kubernetes,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'image',
          setupFiles,
          include: image,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
