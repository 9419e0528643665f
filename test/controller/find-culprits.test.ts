import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCulprits, SearchOver, type Known } from '../../src/controller/find-culprits.js';

const noHint = (): ReadonlySet<string> => new Set();

/** A consumer that refuses these names, and complains of the first of them only. */
function consumer(bad: ReadonlySet<string>, hints: boolean) {
  const asked: ReadonlySet<string>[] = [];
  return {
    asked,
    unproven: [] as readonly string[],
    known: { good: [], bad: new Map(), suspect: undefined } as Known,
    ask(changed: ReadonlySet<string>) {
      asked.push(changed);
      const [first] = [...changed].filter((name) => bad.has(name));
      return Promise.resolve(first === undefined ? undefined : `host not found: ${first}`);
    },
    suspects: hints
      ? (words: string, group: readonly string[]) => new Set(group.filter((name) => words.endsWith(`: ${name}`)))
      : noHint,
  };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `s${index}`);

describe('the search for the services that a check refuses', () => {
  it.each([true, false])('finds one bad service among a thousand (hints: %s)', async (hints) => {
    const found = consumer(new Set(['s700']), hints);
    const { culprits } = await findCulprits(names(1000), 'host not found: s700', found);
    expect([...culprits]).toContainEqual(['s700', 'host not found: s700']);
    // Ten halvings and one run for all others; a hint needs one run.
    expect(culprits.size).toBeLessThanOrEqual(hints ? 1 : 2);
    expect(found.asked.length).toBeLessThanOrEqual(hints ? 1 : 12);
  });

  it('names each of several bad services with the words about it', async () => {
    const found = consumer(new Set(['s1', 's4']), true);
    expect((await findCulprits(names(9), 'host not found: s1', found)).culprits).toEqual(
      new Map([
        ['s1', 'host not found: s1'],
        ['s4', 'host not found: s4'],
      ]),
    );
  });

  it('is not misled by a hint at an innocent service', async () => {
    const found = { ...consumer(new Set(['s3']), false), suspects: () => new Set(['s3', 's5']) };
    expect([...(await findCulprits(names(8), 'words', found)).culprits.keys()]).toEqual(['s3']);
  });

  it('asks at most 12 times, keeps out every bad service, and lets in only what was accepted together', async () => {
    const anyCase = fc.record({
      count: fc.integer({ min: 1, max: 60 }),
      bad: fc.array(fc.nat(59), { minLength: 1 }),
      hints: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ count, bad: indexes, hints }) => {
        const bad = new Set(indexes.map((index) => `s${index % count}`));
        const found = consumer(bad, hints);
        const [first = ''] = bad;
        const { culprits } = await findCulprits(names(count), `host not found: ${first}`, found);
        expect(found.asked.length).toBeLessThanOrEqual(12);
        for (const name of bad) expect(culprits.has(name)).toBe(true);
        // Only a service that was refused alone is blamed.
        for (const [name, words] of culprits) if (!bad.has(name)) expect(words).toBeUndefined();
        const kept = names(count).filter((name) => !culprits.has(name));
        if (kept.length > 0)
          expect(found.asked.some((set) => set.size === kept.length && kept.every((name) => set.has(name)))).toBe(true);
        // With enough runs, no innocent service is kept out.
        if (found.asked.length < 11) expect(culprits.size).toBe(bad.size);
      }),
    );
  });

  it('that is cut short over and over goes on where it ended, and finds what one long search finds', async () => {
    const anyCase = fc.record({ count: fc.integer({ min: 2, max: 60 }), bad: fc.array(fc.nat(59), { minLength: 1 }) });
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ count, bad: indexes }) => {
        const bad = new Set(indexes.map((index) => `s${index % count}`));
        let known = consumer(bad, false).known;
        let rounds = 0;
        for (;;) {
          rounds += 1;
          const each = consumer(bad, false);
          const ask = (changed: ReadonlySet<string>) =>
            each.asked.length >= 1 ? Promise.reject(new SearchOver()) : each.ask(changed);
          const findings = await findCulprits(names(count), 'words', { ...each, known, ask });
          for (const name of bad) expect(findings.culprits.has(name)).toBe(true);
          known = findings.known;
          if (!findings.isCut) break;
          expect(rounds).toBeLessThan(6 * count);
        }
        expect(new Set(known.bad.keys())).toEqual(bad);
      }),
    );
  });
});
