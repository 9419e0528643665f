import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { expect, test } from 'vitest';
import { makeView, problemsOf, render, renderText } from '../views.js';

const ask = (call: string, vars: Record<string, unknown>): string => renderText(`{{${call}}}`, makeView({ vars }));
const refuse = (call: string, vars: Record<string, unknown>): (() => unknown) => {
  return () => render(`{{${call}}}`, makeView({ vars }));
};

test.each([
  ['hostName vars.v "svc.Example.com"', 'Web', 'web.svc.example.com'],
  ['hostName vars.v ""', 'a.b', 'a.b'],
  ['hostLabel vars.v', 'WEB-1', 'web-1'],
  ['addressLabel vars.v', '192.0.2.1', '192-0-2-1'],
  ['addressLabel vars.v', '2001:db8::a:1', '2001-0db8-0000-0000-0000-0000-000a-0001'],
  ['addressLabel vars.v', '::1', '0000-0000-0000-0000-0000-0000-0000-0001'],
  ['recordType vars.v', '192.0.2.1', 'A'],
  ['recordType vars.v', '::', 'AAAA'],
])('%s of %s', (call, v, expected) => {
  expect(ask(call, { v })).toBe(expected);
});

test.each([
  ['hostName vars.v "example.com"', '', 'a label is empty'],
  ['hostName vars.v "example.com."', 'a', 'a label is empty'],
  ['hostName vars.v "example.com"', '-a', 'inner hyphens only'],
  ['hostName vars.v "example.com"', 'é', 'inner hyphens only'],
  ['hostName vars.v "example.com"', 'x.'.repeat(130), 'longer than 253'],
  ['hostLabel vars.v', 'a.b', 'it has a dot'],
  ['hostLabel vars.v', 'x'.repeat(64), 'longer than 63'],
  ['addressLabel vars.v', 'example.com', 'it is not an IP address'],
  ['addressLabel vars.v', 'fe80::1%eth0', 'it is not an IP address'],
  ['recordType vars.v', '', 'it is not an IP address'],
])('%s of %s is rejected', (call, v, reason) => {
  expect(refuse(call, { v })).toThrow(reason);
});

test('every address has a label of its own, which is one of a host name', () => {
  const octets = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  const labels = new Map<string, string>();
  fc.assert(
    fc.property(octets, (bytes) => {
      const address = ipaddr.fromByteArray([...bytes]).toString();
      const label = ask('hostLabel (addressLabel vars.v)', { v: address });
      expect(labels.get(label) ?? address).toBe(address);
      labels.set(label, address);
    }),
  );
});

test('forbid accepts lists and maps, and ignores case', () => {
  expect(ask('forbid "web" vars.list "taken"', { list: ['api'] })).toBe('web');
  expect(refuse('forbid "Web" vars.list "taken"', { list: ['wEB'] })).toThrow('taken');
  expect(refuse('forbid "web" vars.map "taken"', { map: { WEB: 1 } })).toThrow('taken');
  expect(refuse('forbid "web" vars.text "taken"', { text: 'web' })).toThrow('a list or a map');
});

test('labelNames makes names of labels, or rejects the map with a reason', () => {
  const each = '{{#each (labelNames vars.map vars.prefix)}}{{@key}}={{this}};{{/each}}';
  const write = (map: unknown, prefix: string): string => renderText(each, makeView({ vars: { map, prefix } }));
  expect(write({ 'b.c': '1', b_c: '2', 'b-c': '3', a: '4' }, 'x_')).toBe('x_b_c=2;x_a=4;');
  expect(() => write({ '9': '1' }, '')).toThrow('would be empty or begin with a digit');
  expect(() => write({ '': '1' }, '')).toThrow('would be empty');
  expect(() => write(['a'], 'x_')).toThrow('labelNames takes a map');
});

test('gather is checked where the fields are known', () => {
  const messages = (text: string): string[] => problemsOf(text).map(({ message }) => message);
  expect(messages('{{#each (gather services "instances")}}{{host}}{{/each}}')).toEqual([]);
  expect(messages('{{#each (gather services "instances")}}{{hst}}{{/each}}')).toEqual(['Instance has no "hst"']);
  expect(messages('{{#each (gather services "instnces")}}{{/each}}')).toEqual(['Service has no list "instnces"']);
  expect(refuse('join (gather vars.list "tags") ","', { list: [{ tags: 'a' }] })).toThrow('a field that is a list');
  expect(
    ask('join (gather vars.list "tags") ","', { list: [{ tags: ['a', 'b'] }, { tags: [] }, { tags: ['c'] }] }),
  ).toBe('a,b,c');
});
