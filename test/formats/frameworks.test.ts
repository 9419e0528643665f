import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { autoOptions, detectFormat } from '../../src/formats/auto.js';
import { isAutoChoice } from '../../src/formats/choice.js';
import { formats } from '../../src/formats/registry.js';
import { createFold } from '../../src/snapshot/fold.js';
import { encoders } from './encoders.js';
import { entry, makeFormat } from './entries.js';
import { contextOf, frameworks } from './frameworks.js';
import type { Endpoint, Registered } from './frameworks.js';

const read = (name: string, registered: Registered, pairs = registered.pairs) => {
  const format = makeFormat(name, contextOf(registered));
  const { services, rejected } = createFold({ source: 's', prefix: '', format }).apply({
    kind: 'sync',
    revision: '1',
    clusterId: '1',
    entries: pairs.map(([key, value]) => entry(key, value)),
  });
  const found = [...services.values()].flatMap(({ instances }) =>
    instances.map(
      ({ service, id, address, port, weight, scheme, zone, version, tags, metadata, status }): Endpoint => ({
        service,
        id,
        address,
        port,
        weight,
        scheme,
        zone,
        version,
        tags,
        metadata: { ...metadata },
        status,
      }),
    ),
  );
  return { found, rejected };
};

const byPlace = (list: readonly Endpoint[]): readonly Endpoint[] =>
  list.toSorted((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : a.port - b.port));

/** The value of these formats is ignored, or half of it is also valid. */
const cuttable = (name: string) =>
  !['dubbo-interface', 'jetcd-resolver', 'grpclb-weight', 'rpcx', 'nestcloud'].includes(name);

describe.each(Object.entries(frameworks))('%s', (name, registrations) => {
  test('a registration of its writer decodes to the intended instances, in every field', () => {
    fc.assert(
      fc.property(registrations, ({ here }) => {
        const { found, rejected } = read(name, here);
        expect(rejected).toEqual([]);
        expect(byPlace(found)).toEqual(byPlace(here.wanted));
      }),
    );
  });

  test('a changed port or a truncated value never decodes to the same instances', () => {
    fc.assert(
      fc.property(registrations, fc.nat(), ({ here, moved }, at) => {
        const { found } = read(name, here);
        expect(read(name, moved).found).not.toEqual(found);
        const [[key, value], ...more] = here.pairs as [[string, string], ...Registered['pairs']];
        if (!cuttable(name)) return;
        const short = value.trimEnd().slice(0, at % value.trimEnd().length);
        expect(read(name, here, [[key, short], ...more]).found).not.toEqual(found);
      }),
    );
  });

  test('auto decides on it, when its keys or fields identify it', () => {
    fc.assert(
      fc.property(registrations, ({ here }) => {
        const entries = here.pairs.map(([key, value]) => entry(key, value));
        const detection = detectFormat(entries, autoOptions.parse({}), contextOf(here));
        expect(detection).toMatchObject(isAutoChoice(name) ? { kind: 'decided', format: name } : { kind: 'undecided' });
      }),
      { numRuns: 50 },
    );
  });
});

it('every format of a framework has an encoder in the tests', () => {
  const own = ['plain', 'json', 'raw'];
  expect([...Object.keys(encoders), ...Object.keys(frameworks), ...own].sort()).toEqual(Object.keys(formats).sort());
});
