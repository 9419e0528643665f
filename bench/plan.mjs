// All figures of docs/performance.md in one run. The sizes and numbers are chosen so that a quiet machine with two cores needs less than
// 20 minutes.
import { findContenders, measureContenders } from './parts/contenders.mjs';
import { measureGrowth, usualSeries } from './parts/growth.mjs';
import { measureIdle } from './parts/idle.mjs';
import { measureRegistrar } from './parts/registrar.mjs';
import { measureFanOut, measureTargets } from './parts/scale.mjs';

const storm = 2000;
const often = { runs: 5, updates: 40 };
// Once a minute, the process reads every key: that is in the figures.
const registrar = { registrations: 1000, ttl: 10_000, seconds: 75 };

/** By name: the steps of the plan. */
function stepsOf(session, contenders) {
  const only = (...names) => contenders.filter(({ name }) => names.includes(name));
  const compare = (found, options) => measureContenders(session, found, { ...often, ...options });
  const fast = only('floor', 'limit', 'rollcall');
  return {
    '1,000 instances': () => compare(fast, { instances: 1000, storm }),
    '10,000 instances': () => compare(fast, { instances: 10_000, storm }),
    // Bare Node needs half a minute for a storm of 50,000 instances.
    '50,000 instances': () => compare(fast, { instances: 50_000 }),
    // A put takes confd up to half a second, which alternating runs do not show more exactly.
    confd: async () => {
      for (const [instances, puts] of Object.entries({ 1000: storm, 10_000: storm, 50_000: 0 }))
        await compare(only('confd'), { instances: Number(instances), storm: puts, updates: 20, runs: 1 });
    },
    'on a disk': async () => {
      for (const instances of [1000, 10_000]) await compare(fast, { instances, medium: 'disk', runs: 2 });
    },
    '5,000 files': () => measureFanOut(session, { files: 5000, ...often }),
    '300 targets': () => measureTargets(session, { targets: 300, ...often }),
    growth: () => measureGrowth(session, usualSeries, { updates: 20 }),
    idle: () => measureIdle(session, { instances: 50_000, targets: 300, seconds: 61, resyncs: 20 }),
    registrations: () => session.once('registrar', (registry, dir) => measureRegistrar(registry, dir, registrar)),
  };
}

/** Says how long each step took. */
export async function measureAll(session, { contenders: names }) {
  const contenders = await findContenders(names.split(','), session.say);
  for (const [name, take] of Object.entries(stepsOf(session, contenders))) {
    const from = performance.now();
    await take();
    session.say(`${name}: ${Math.round((performance.now() - from) / 1000)} s`);
  }
}
