import { describe, expect, test } from 'vitest';
import { autoOptions, detectFormat } from '../../src/formats/auto.js';
import { formats } from '../../src/formats/registry.js';
import { createFold } from '../../src/snapshot/fold.js';
import { entry, makeFormat } from '../formats/entries.js';
import { deepTexts, evilUnits, repeated, within } from '../support/evil-texts.js';

describe('no format stalls on values of the greatest size in etcd', () => {
  const texts = [
    ...evilUnits.map((unit) => [repeated(unit), within(unit)] as const),
    ...deepTexts.map((text) => [text, text] as const),
  ];

  test.each(Object.keys(formats))('%s', { timeout: 120_000 }, (name) => {
    for (const [alone, text] of texts) {
      const fold = createFold({ source: 's', prefix: '/', format: makeFormat(name, { base: '/services/' }) });
      const { counts } = fold.apply({
        kind: 'sync',
        revision: '1',
        clusterId: '1',
        entries: [
          entry('/services/web/1', alone),
          entry(
            '/services/web/2',
            JSON.stringify({ address: text, host: text, Addr: text, URL: text, endpoints: [text] }),
          ),
          entry(`/services/${text}/3`, '10.0.0.1:80'),
          entry(`/services/web/${text}`, '10.0.0.1:80'),
          entry(`/a/providers/tri%3A%2F%2F${text}%3A80`, ''),
        ],
      });
      expect(counts.keys).toBe(5);
    }
  });

  test('auto', { timeout: 120_000 }, () => {
    for (const [alone, text] of texts) {
      const { kind } = detectFormat(
        [
          entry('/services/web/1', alone),
          entry('/services/web/2', JSON.stringify({ Addr: text, URL: text, nodes: [text], endpoints: [text] })),
          entry(`/services/web/${text}`, ''),
          entry('/services/web/4', '10.0.0.1:80'),
        ],
        autoOptions.parse({}),
      );
      expect(['decided', 'undecided']).toContain(kind);
    }
  });
});
