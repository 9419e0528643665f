import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelFor, problemOfLabel } from '../../src/dns/labels.js';
import {
  compileNames,
  defaultNames,
  findAmbiguous,
  findTooLong,
  problemOfPattern,
  type NameKind,
} from '../../src/dns/names.js';
import { problemOfReverseZone, reverseName } from '../../src/dns/reverse.js';
import { latestSerial, nextSerial } from '../../src/dns/serial.js';

describe('a name pattern', () => {
  it.each(Object.entries(defaultNames) as [NameKind, string][])('%s is usable by default', (kind, pattern) => {
    expect(problemOfPattern(kind, pattern)).toBeUndefined();
  });

  it.each([
    ['tag', 'off', undefined],
    ['instance', 'off', 'cannot be `off`'],
    ['service', '<service>', 'must end with ".<zone>"'],
    ['service', 'web.<zone>', 'must contain <service>'],
    ['tag', '<service>.<zone>', 'must contain <tag>'],
    ['service', '<tag>.<service>.<zone>', 'cannot contain <tag>'],
    ['service', '<nonsense>.<service>.<zone>', 'is no label'],
    ['tag', '<tag>-<service>.<zone>', 'must contain <service>'],
    ['service', '_<service>.<zone>', 'no label may begin with `_`'],
    ['srv', '<service>._tcp.<zone>', 'its first label must begin with `_`'],
    ['srv', '_<service>._tcp.<service>.service.<zone>', undefined],
    ['service', 'UP.<service>.<zone>', 'is no label'],
    ['service', 'a..<service>.<zone>', 'is no label'],
    ['service', `${'x'.repeat(50)}<service>.<zone>`, 'more than 43 characters'],
  ] as const)('%s: %s', (kind, pattern, problem) => {
    const found = problemOfPattern(kind, pattern);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });

  it.each([
    ['the defaults', {}, undefined],
    [
      'the names of Consul',
      {
        service: '<service>.service.<zone>',
        srv: '_<service>._tcp.service.<zone>',
        scheme: 'off',
        instance: '<instance>.<service>.addr.<zone>',
        tag: '<tag>.<service>.service.<zone>',
      },
      undefined,
    ],
    ['a tag where others have the service', { tag: '<service>.<tag>.<zone>' }, ['instance', 'tag']],
    ['an instance at a place of its own', { instance: '<service>.<instance>.at.<zone>' }, undefined],
  ] as const)('%s', (_name, patterns, pair) => {
    const found = findAmbiguous({ ...defaultNames, ...patterns });
    expect(found).toEqual(pair);
  });

  it('never gives two services the same name when no pair is ambiguous', () => {
    const labels = ['a', 'b', 'x', 'x-a', 'a-x'];
    const addresses = ['<service>', 'x.<service>', '<service>.x', 'x-<service>', '<service>-x.x'];
    const others = (own: string): string[] => [
      `${own}.<service>`,
      `<service>.${own}`,
      `${own}.<service>.x`,
      `${own}-x.<service>`,
      `${own}.x-<service>`,
    ];
    const kinds = ['service', 'instance', 'tag'] as const;
    let checked = 0;
    for (const service of addresses)
      for (const instance of others('<instance>'))
        for (const tag of others('<tag>')) {
          const all = { service, instance, tag };
          const whole = Object.fromEntries(Object.entries(all).map(([kind, text]) => [kind, `${text}.<zone>`]));
          const patterns = { ...defaultNames, ...whole };
          for (const kind of kinds) expect(problemOfPattern(kind, patterns[kind])).toBeUndefined();
          if (findAmbiguous(patterns) !== undefined) continue;
          checked += 1;
          const { name } = compileNames(patterns, 'z.example');
          const owners = new Map<string, string>();
          for (const of of labels)
            for (const kind of kinds)
              for (const value of labels) {
                const made = name(kind, { service: of, instance: value, tag: value }) ?? '';
                expect(owners.get(made) ?? of).toBe(of);
                owners.set(made, of);
              }
        }
    expect(checked).toBeGreaterThan(10);
  });

  it('is refused with a zone that leaves too little room', () => {
    const long = (length: number): string => `${'a.'.repeat(length / 2 - 1)}aa`;
    expect(findTooLong(defaultNames, 'svc.example.com')).toBeUndefined();
    expect(findTooLong(defaultNames, long(140))).toBeDefined();
  });
});

it('makes a label from any text, always the same one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 20, max: 63 }), (text, most) => {
      const label = labelFor(text, most);
      expect(problemOfLabel(label, most)).toBeUndefined();
      expect(labelFor(text, most)).toBe(label);
      if (problemOfLabel(text, most) === undefined) expect(label).toBe(text);
    }),
  );
});

it('makes a label in time that does not grow with the text', () => {
  expect(labelFor('-'.repeat(1 << 20))).toMatch(/^x-/);
});

describe('a reverse zone', () => {
  it.each([
    ['192.0.2.1', '1.2.0.192.in-addr.arpa'],
    ['2001:db8::1', '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
  ])('has the name of %s', (address, name) => {
    expect(reverseName(address)).toBe(name);
  });

  it.each(['2.0.192.in-addr.arpa', '10.in-addr.arpa', '8.b.d.0.1.0.0.2.ip6.arpa'])('%s is one', (zone) => {
    expect(problemOfReverseZone(zone)).toBeUndefined();
  });

  it.each([
    'in-addr.arpa',
    '256.in-addr.arpa',
    '01.in-addr.arpa',
    '1.2.3.4.in-addr.arpa',
    'db.ip6.arpa',
    'example.com',
  ])('%s is none', (zone) => {
    expect(problemOfReverseZone(zone)).toContain('is no reverse zone');
  });
});

describe('serials', () => {
  const bits = fc.integer({ min: 0, max: 0xffff_ffff });
  const isAhead = (a: number, b: number): boolean => (a - b) >>> 0 > 0 && (a - b) >>> 0 < 0x8000_0000;

  it('continue after the later of two, whatever the clock says', () => {
    fc.assert(
      fc.property(bits, fc.integer({ min: 1, max: 0x3fff_ffff }), bits, (first, ahead, time) => {
        const second = (first + ahead) >>> 0;
        expect(latestSerial(first, second)).toBe(second);
        expect(latestSerial(second, first)).toBe(second);
        expect(isAhead(nextSerial(second, time), second)).toBe(true);
      }),
    );
  });

  it('are unknown only when both are', () => {
    expect(latestSerial(undefined, 7)).toBe(7);
    expect(latestSerial(7, undefined)).toBe(7);
    expect(latestSerial(undefined, undefined)).toBeUndefined();
  });
});
