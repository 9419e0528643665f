import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../src/reload/haproxy/answers.js';
import { commandOf, findForeignSettings, planBackend, type Known } from '../../../src/reload/haproxy/plan.js';
import { readSections, type Section } from '../../../src/reload/haproxy/sections.js';
import { createRuntimeModel } from './runtime-model.js';

const options = fc.constantFrom('', 'check', 'check inter 2s', 'ssl verify none');

interface Line {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly isDisabled: boolean;
  readonly options: string;
}

const line: fc.Arbitrary<Line> = fc.record({
  address: fc.constantFrom('10.0.0.1', '10.0.0.2', '2001:db8::1', '::1'),
  port: fc.integer({ min: 1, max: 65_535 }),
  weight: fc.integer({ min: 0, max: 256 }),
  isDisabled: fc.boolean(),
  options,
});
const named = <T>(values: fc.Arbitrary<T>) => fc.dictionary(fc.constantFrom('a', 'b', 'c::1_80', 'd.e-f', 'g'), values);

function sectionOf(lines: Readonly<Record<string, Line>>, more = ''): Section {
  const text = Object.entries(lines).map(([name, server]) => {
    const host = server.address.includes(':') ? `[${server.address}]` : server.address;
    const words = [server.options, server.isDisabled ? 'disabled' : ''].filter(Boolean).join(' ');
    return `  server ${name} ${host}:${server.port} weight ${server.weight} ${words}\n`;
  });
  const [section] = readSections(`backend web\n${more}${text.join('')}`, [])?.sections ?? [];
  if (!section) throw new Error('no section');
  return section;
}

/** A running server with the options of `options`, as a file or a command has left it. */
const running = (name: string, { address, port, weight, isDisabled, options }: Line): RunningServer => ({
  name,
  address,
  port,
  hostName: undefined,
  weight,
  isInMaintenance: isDisabled,
  isDraining: false,
  isChecked: options.includes('check'),
  usesTls: options.includes('ssl'),
});

const knownOf = (lines: Readonly<Record<string, Line>>, more: Partial<Known> = {}): Known => ({
  options: new Map(Object.entries(lines).map(([name, server]) => [name, server.options])),
  canAdd: true,
  version: '2.6',
  foreignSettings: undefined,
  ...more,
});

const inService = (servers: Iterable<RunningServer>) =>
  [...servers]
    .map(({ name, address, port, weight, isInMaintenance }) => ({ name, address, port, weight, isInMaintenance }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

describe('planBackend', () => {
  const anyDrift = named(fc.record({ weight: fc.integer({ min: 0, max: 256 }), isDraining: fc.boolean() }));

  it('brings any running servers to those of the file, and then has nothing to do', () => {
    fc.assert(
      fc.property(named(line), named(line), anyDrift, fc.subarray(['a', 'b', 'g']), (old, next, drift, busy) => {
        // Options of a server that stays are the same: everything else needs a reload.
        const wanted = Object.fromEntries(
          Object.entries(next).map(([name, server]) => [
            name,
            { ...server, options: old[name]?.options ?? server.options },
          ]),
        );
        const before = Object.entries(old).map(([name, server]) => ({ ...running(name, server), ...drift[name] }));
        const model = createRuntimeModel(before, busy);
        const section = sectionOf(wanted);
        const known = knownOf({ ...wanted, ...old });
        const plan = planBackend(section, model.servers, known);
        expect(plan.obstacles).toEqual([]);
        model.apply(plan.actions, 'web');
        const kept = [...model.servers.values()].filter(({ name }) => Object.hasOwn(wanted, name));
        expect(inService(kept)).toEqual(
          inService(Object.entries(wanted).map(([name, server]) => running(name, server))),
        );
        for (const { name, isInMaintenance } of model.servers.values())
          if (!Object.hasOwn(wanted, name)) expect([isInMaintenance, model.busy.has(name)]).toEqual([true, true]);
        // What still leaves is tried again, and nothing else.
        const again = planBackend(section, model.servers, known).actions;
        expect(again.every(({ kind }) => kind === 'remove')).toBe(true);
        model.busy.clear();
        model.apply(again, 'web');
        expect(planBackend(section, model.servers, known)).toEqual({ actions: [], obstacles: [] });
      }),
    );
  });

  it('adds and weighs before it takes out of service, so that the backend is never empty in between', () => {
    fc.assert(
      fc.property(named(line), named(line), (old, next) => {
        const model = createRuntimeModel(Object.entries(old).map(([name, server]) => running(name, server)));
        const takesTraffic = () => [...model.servers.values()].some(({ isInMaintenance }) => !isInMaintenance);
        const had = takesTraffic();
        const { actions, obstacles } = planBackend(sectionOf(next), model.servers, knownOf({ ...next, ...old }));
        const has = Object.values(next).some(({ isDisabled }) => !isDisabled);
        for (const action of actions) {
          model.apply([action], 'web');
          if (had && has && obstacles.length === 0) expect(takesTraffic()).toBe(true);
        }
      }),
    );
  });

  it('touches no server of a line that it cannot read', () => {
    const section = sectionOf({}, '  server odd "quoted words" check\n  server sock /run/web.sock\n');
    const there = [running('odd', example), running('sock', example)];
    expect(planBackend(section, createRuntimeModel(there).servers, knownOf({}))).toEqual({
      actions: [],
      obstacles: [],
    });
  });

  const example: Line = { address: '10.0.0.1', port: 80, weight: 1, isDisabled: false, options: '' };
  const obstaclesOf = (wanted: Line, there: Line | undefined, more: Partial<Known> = {}) =>
    planBackend(
      sectionOf({ a: wanted }),
      createRuntimeModel(there ? [running('a', there)] : []).servers,
      knownOf(there ? { a: there } : {}, more),
    ).obstacles;

  it.each([
    [
      'an unknown version',
      obstaclesOf(example, undefined, { canAdd: false, version: '2.4' }),
      /HAProxy 2\.4 adds no server/,
    ],
    ['other options', obstaclesOf({ ...example, options: 'backup' }, example), /its options have changed/],
    ['options that nobody knows', obstaclesOf(example, example, { options: new Map() }), /its options are not known/],
    [
      'a host name',
      obstaclesOf({ ...example, address: 'web.example.com' }, undefined),
      /does not look up the host name/,
    ],
    ['characters of the socket', obstaclesOf({ ...example, options: 'sni str(a;b)' }, undefined), /are not sent/],
    [
      'settings from elsewhere',
      obstaclesOf(example, undefined, { foreignSettings: 'there are some' }),
      /there are some/,
    ],
  ])('says why %s needs a reload', (_what, obstacles, words) => {
    expect(obstacles).toHaveLength(1);
    expect(obstacles[0]).toMatch(words);
  });

  it('finds settings that the file does not say', () => {
    const servers = createRuntimeModel([{ ...running('a', example), isChecked: true }]).servers;
    expect(findForeignSettings(sectionOf({ a: example }), servers)).toMatch(
      /have `check`, which the file does not say/,
    );
    expect(findForeignSettings(sectionOf({ a: { ...example, options: 'check' } }), servers)).toBeUndefined();
  });
});

describe('commandOf', () => {
  it('never sends more commands than its own, whatever the file says', () => {
    const odd = fc.string({ unit: 'binary', maxLength: 30 });
    const word = fc.oneof(
      odd,
      fc.constantFrom('check', 'weight', '5', ';', '\\', '<<', '@1', 'a;b', '"a b"', '10.0.0.1:80'),
    );
    fc.assert(
      fc.property(fc.array(fc.array(word, { maxLength: 6 }), { maxLength: 4 }), (lines) => {
        const text = lines.map((words) => `  server a${words.length} 10.0.0.1:80 ${words.join(' ')}\n`).join('');
        for (const section of readSections(`backend web\n${text}`, [])?.sections ?? []) {
          const { actions } = planBackend(section, new Map(), knownOf({}));
          for (const action of actions) {
            const commands = commandOf(action, section.backend ?? '').line.split('; ');
            for (const command of commands)
              expect(command).toMatch(
                /^(add server|enable health|set server) web\/a\d [^;\r\n\\<"'@$]*$|^enable health web\/a\d$/,
              );
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
