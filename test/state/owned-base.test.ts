import fc from 'fast-check';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJournal } from '../../src/state/journal.js';
import { openStore } from '../../src/state/store.js';
import { restoreOwned, storeOwned, type OwnedBase } from '../../src/state/owned-base.js';
import { compareText } from '../../src/model/order.js';
import { memoryLog } from '../support/log.js';
import { memoryDir } from '../support/temp.js';

const entry = (n: number): string => `/fan/s${String(n).padStart(5, '0')}.conf`;
const entries = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => entry(from + n));

describe('the stored form of owned outputs', () => {
  it('restores to the same entries after any changes, and refers to no base that was not written', () => {
    const step = fc.record({ from: fc.nat(400), size: fc.nat(400), odd: fc.array(fc.nat(2000), { maxLength: 20 }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const disk = new Map<0 | 1, readonly string[]>();
        let base: OwnedBase | undefined;
        for (const { from, size, odd } of steps) {
          const owned = [...new Set([...entries(from, from + size), ...odd.map(entry)])].sort(compareText);
          const { stored, write } = storeOwned(owned, base);
          if (write) {
            expect(write.slot).not.toBe(base?.slot);
            disk.set(write.slot, write.entries);
            base = write;
          }
          const found = Array.isArray(stored) ? undefined : disk.get(stored.slot);
          expect(restoreOwned(stored, found)).toEqual(owned);
        }
      }),
    );
  });

  it('writes only the differences of a long list', () => {
    const first = storeOwned(entries(0, 5000), undefined);
    const { stored, write } = storeOwned([...entries(0, 4999), entry(7000)], first.write);
    expect(write).toBeUndefined();
    expect(JSON.stringify(stored).length).toBeLessThan(300);
  });
});

describe('a journal with a long list of outputs', () => {
  it('is read back by a restart, and beside the running process', async () => {
    const dir = join(await memoryDir(), 'state');
    const store = await openStore(dir, { log: memoryLog() });
    const journal = await store.journal('fan');
    await journal.advance({ owned: entries(0, 3000), step: 'checked' });
    await journal.advance({ owned: entries(1, 3001), step: 'reloaded' });
    expect((await readJournal(dir, 'fan')).record).toMatchObject({ owned: entries(1, 3001), step: 'reloaded' });
    await store.close();
    const again = await openStore(dir, { log: memoryLog() });
    expect((await again.journal('fan')).record.owned).toEqual(entries(1, 3001));
    await again.close();
  });

  it('that has lost the list is set aside, with a warning', async () => {
    const dir = join(await memoryDir(), 'state');
    const store = await openStore(dir, { log: memoryLog() });
    await (await store.journal('fan')).advance({ owned: entries(0, 3000), step: 'checked' });
    await store.close();
    const [name = ''] = (await readdir(join(dir, 'journals'))).filter((each) => each.includes('.owned-'));
    await writeFile(join(dir, 'journals', name), 'rubbish');
    expect((await readJournal(dir, 'fan')).unreadable).toMatch(/list of its outputs/);
    const log = memoryLog();
    const again = await openStore(dir, { log });
    expect((await again.journal('fan')).record).toMatchObject({ owned: [], step: 'none', reloadPending: true });
    expect(log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toContainEqual(
      expect.stringContaining('list of its outputs'),
    );
    await again.close();
  });
});
