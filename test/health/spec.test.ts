import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseHealthCheck, showHealthCheck } from '../../src/health/spec.js';

const endpoint = { host: '192.0.2.1', port: 8080 };
const parse = (text: string, at = endpoint) => parseHealthCheck(text, at);

describe('a check', () => {
  test.each([
    ['http://127.0.0.1:8080/health', { kind: 'http', url: new URL('http://127.0.0.1:8080/health') }],
    [' https://[2001:db8::1]/?a=b ', { kind: 'http', url: new URL('https://[2001:db8::1]/?a=b') }],
    ['HTTP://web.example.com', { kind: 'http', url: new URL('http://web.example.com/') }],
    ['tcp', { kind: 'tcp', host: '192.0.2.1', port: 8080 }],
    ['tcp://localhost:5432', { kind: 'tcp', host: 'localhost', port: 5432 }],
    ['tcp://[2001:DB8::1]:53', { kind: 'tcp', host: '2001:db8::1', port: 53 }],
    ['pg_isready -h "a b"', { kind: 'command', argv: ['pg_isready', '-h', 'a b'] }],
    ['/usr/bin/true', { kind: 'command', argv: ['/usr/bin/true'] }],
    ["sh -c 'test -e /run/up'", { kind: 'command', argv: ['sh', '-c', 'test -e /run/up'] }],
    ['tcpdump', { kind: 'command', argv: ['tcpdump'] }],
  ])('is what %s says', (text, spec) => {
    expect(parse(text)).toEqual(spec);
  });

  it('by tcp goes to the endpoint, IPv6 with or without brackets', () => {
    for (const host of ['[2001:db8::1]', '2001:db8::1'])
      expect(parse('tcp', { host, port: 80 })).toEqual({ kind: 'tcp', host: '2001:db8::1', port: 80 });
  });

  test.each([
    ['', 'it is empty: write http://…, https://…, tcp, tcp://HOST:PORT or a command'],
    ['http://', 'no http:// or https:// address'],
    ['http://127.0.0.1:99999/', 'no http:// or https:// address'],
    ['http://127.0.0.1:0/', 'its port is 0'],
    ['http://user:word@127.0.0.1/', 'must not hold a user or password'],
    ['grpc://127.0.0.1:1', 'no check by grpc://: write http://…, https://…, tcp, tcp://HOST:PORT or a command'],
    ['tcp://', 'write tcp://HOST:PORT, with nothing after it'],
    ['tcp://localhost', 'write tcp://HOST:PORT'],
    ['tcp://localhost:0', 'write tcp://HOST:PORT'],
    ['tcp://localhost:70000', 'write tcp://HOST:PORT'],
    ['tcp://localhost:1/path', 'write tcp://HOST:PORT'],
    ['tcp://user@localhost:1', 'write tcp://HOST:PORT'],
    ['tcp://2001:db8::1', 'must stand in brackets'],
    ['curl -f http://127.0.0.1 | grep ok', 'a pipe or `||` to a shell'],
    ['test -e "/run/up', 'double quote is never closed'],
  ])('is refused: %s', (text, problem) => {
    expect(parse(text)).toEqual({ problem: expect.stringContaining(problem) as string });
  });

  it('by tcp needs a port of the endpoint', () => {
    expect(parse('tcp', { host: '192.0.2.1', port: 0 })).toEqual({ problem: 'the endpoint has no host and port' });
  });

  it('may be any text', () => {
    const words = fc.constantFrom('tcp', 'http', 'https', '://', ':', '/', '[', ']', '@', '"', ' ', '0', '::1', 'a');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((all) => all.join('')),
        ),
        (text) => {
          const spec = parse(text);
          if ('kind' in spec) expect(showHealthCheck(spec)).not.toBe('');
          else expect(spec.problem).not.toBe('');
        },
      ),
    );
  });
});

test.each([
  ['http://127.0.0.1:8080/health?token=secret', 'GET http://127.0.0.1:8080/health'],
  ['tcp://[2001:db8::1]:53', 'connection to [2001:db8::1]:53'],
  ["sh -c 'exit 0'", "command `sh -c 'exit 0'`"],
])('%s is shown as %s', (text, shown) => {
  const spec = parse(text);
  expect('kind' in spec && showHealthCheck(spec)).toBe(shown);
});
