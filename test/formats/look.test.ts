import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { describeLook } from '../../src/formats/look.js';
import { withOtherReadings } from '../../src/formats/find-other.js';
import { autoOptions } from '../../src/formats/auto.js';
import { formatNames } from '../../src/formats/schema.js';
import { createFold } from '../../src/snapshot/fold.js';
import { entry, makeFormat } from './entries.js';

describe('what a value looks like', () => {
  test.each([
    ['{"ip":"10.0.0.1","port":80}', 'a JSON object'],
    [' {} ', 'a JSON object'],
    ['{"ip":', 'text that begins like a JSON object, but is not valid JSON'],
    ['["10.0.0.1:80"]', 'a JSON list'],
    ['"10.0.0.1:80"', 'a JSON text in quotes'],
    ['10.0.0.1:80', 'host:port'],
    ['[fd00::1]:80', 'host:port'],
    ['10.0.0.1:80, 10.0.0.2:80', 'a list of host:port'],
    ['http://10.0.0.1', 'a URL'],
    ['http://a/,http://b/', 'a list of URLs'],
    [`{${' '.repeat(300_000)}}`, 'longer than 262144 characters and begins like a JSON object'],
    ['web-1', undefined],
    ['two words', undefined],
    ['', undefined],
  ])('%.40s', (value, look) => {
    expect(describeLook(value)).toBe(look);
  });
});

/** The reason for which a source of this format rejects a value; undefined when it does not. */
function reasonOf(format: string, value: string, key = '/services/web/1') {
  const context = { base: '/services/' };
  const { rejected } = createFold({
    source: 's',
    prefix: '/services/',
    format: withOtherReadings(makeFormat(format, context), autoOptions.parse({}), context),
  }).apply({ kind: 'sync', revision: '1', clusterId: '1', entries: [entry(key, value)] });
  return rejected[0]?.reason;
}

describe('the reason of a rejection', () => {
  test.each([
    [
      'plain',
      '{"ip":"10.0.0.1","port":80}',
      'the value is a JSON object, not host:port or a URL; `format: json` reads it',
    ],
    ['plain', '{"debug":true}', 'the value is a JSON object, not host:port or a URL'],
    [
      'plain',
      '{"id":"1","name":"web","endpoints":["grpc://10.0.0.1:80"]}',
      'the value is a JSON object, not host:port or a URL; `format: kratos` reads it',
    ],
    ['plain', '"10.0.0.1:80"', 'the value is a JSON text in quotes, not host:port or a URL'],
    ['plain', 'two words', 'the value is neither host:port nor a URL'],
    ['json', '10.0.0.1:80', 'the value is host:port, not a JSON object; `format: plain` reads it'],
    ['json', 'http://10.0.0.1', 'the value is a URL, not a JSON object; `format: plain` reads it'],
    ['json', 'two words', 'the value is not a JSON object'],
    [
      'json',
      '{"id":"1","name":"web","endpoints":["grpc://10.0.0.1:80"]}',
      'no address is given; `format: kratos` reads it',
    ],
    ['kratos', '10.0.0.1:80', 'the value is host:port, not a JSON object; `format: plain` reads it'],
  ])('%s of %s names what the value is, and the format that reads it', (format, value, reason) => {
    const key = format === 'kratos' ? '/services/web/1' : undefined;
    expect(reasonOf(format, value, key)).toBe(reason);
  });

  it('is not extended when the format of the source understands the value', () => {
    expect(reasonOf('json', '{"ip":"10.0.0.1","port":80,"name":"bank"}')).toBe(
      'the value names another service than its key',
    );
    expect(reasonOf('plain', '0.0.0.0:80')).toMatch(/wildcard/);
    expect(reasonOf('json', '{"ip":"10.0.0.1","port":80}')).toBeUndefined();
  });

  it('never calls a JSON object "neither host:port nor a URL", and never throws, in any format', () => {
    const values = fc.oneof(
      fc.object().map((value) => JSON.stringify(value)),
      fc.string(),
      fc.json(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...formatNames.filter((name) => name !== 'auto')), values, (format, value) => {
        const reason = reasonOf(format, value) ?? '';
        if (value.startsWith('{') && describeLook(value) === 'a JSON object')
          expect(reason).not.toMatch(/neither host/);
        expect(reason).not.toMatch(new RegExp(`format: ${format}\``));
      }),
    );
  });
});
