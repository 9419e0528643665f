import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSections, type Section } from '../../../src/reload/haproxy/sections.js';
import { digestOf, digestOptions, readWanted, whyReload, type Wanted } from '../../../src/reload/haproxy/wanted.js';

const sectionsOf = (text: string, defaults: readonly string[] = []): readonly Section[] =>
  readSections(text, defaults)?.sections ?? [];
const only = (text: string, defaults: readonly string[] = []): Section => {
  const [section, more] = sectionsOf(text, defaults);
  if (!section || more) throw new Error('not one section');
  return section;
};
const serversOf = (section: Section): readonly object[] => [...section.servers.values()];

describe('readSections', () => {
  it('reads what the built-in template writes', () => {
    const section = only(
      [
        'backend rc_web',
        '    option httpchk GET /health',
        '    default-server check inter 2s',
        '    server 192.0.2.1_8080 192.0.2.1:8080 weight 1',
        '    server 2001:db8::1_8080 [2001:DB8::1]:8080 weight 0',
        '    server web.example.com_80 web.example.com:80 weight 5 init-addr last,libc,none',
        '',
      ].join('\n'),
    );
    expect(section).toMatchObject({ header: 'backend rc_web', backend: 'rc_web', untouched: undefined });
    const common = { options: 'check inter 2s', isDisabled: false, isSendable: true };
    expect(serversOf(section)).toEqual([
      { ...common, name: '192.0.2.1_8080', address: '192.0.2.1', port: 8080, family: 'ipv4', weight: 1 },
      { ...common, name: '2001:db8::1_8080', address: '2001:db8::1', port: 8080, family: 'ipv6', weight: 0 },
      {
        ...common,
        ...{ name: 'web.example.com_80', address: 'web.example.com', port: 80, family: 'name', weight: 5 },
        options: 'check inter 2s init-addr last,libc,none',
      },
    ]);
  });

  it('applies `default-server` to the lines after it, after the words of another file', () => {
    const text =
      'backend b\n server a 10.0.0.1:1\n default-server backup weight 9 # note\n server c 10.0.0.1:2 weight 3\n';
    expect(serversOf(only(text, ['inter', '1s']))).toMatchObject([
      { name: 'a', options: 'inter 1s', weight: 1 },
      { name: 'c', options: 'inter 1s backup', weight: 3 },
    ]);
  });

  it('takes the value of an option for a value, whatever it is called', () => {
    expect(serversOf(only('backend b\n server a 10.0.0.1:1 cookie disabled sni weight weight 7\n'))).toMatchObject([
      { options: 'cookie disabled sni weight', weight: 7, isDisabled: false },
    ]);
  });

  it('leaves a change of comments and blank lines out', () => {
    const one = only('backend b\n  # one\n\n  balance roundrobin\n');
    expect(one.rest).toBe(only('backend b\n  balance roundrobin\n# two\n').rest);
  });

  it.each([
    ['a template of servers', 'backend b\n server-template s 3 10.0.0.1:80\n', /server-template/],
    ['a server of two lines', 'backend b\n server a 10.0.0.1:1\n server a 10.0.0.1:2\n', /twice/],
    ['a name in quotes', 'backend b\n server "a b" 10.0.0.1:1\n', /no plain word/],
    [
      'a section of an unknown kind',
      'backend b\n  server a 10.0.0.1:1\nnovel x\n  server y 10.0.0.9:1\n',
      /another kind/,
    ],
  ])('does not touch a backend with %s', (_what, text, words) => {
    const section = only(text);
    expect(section.untouched).toMatch(words);
    expect(section.servers.size).toBe(0);
  });

  it('does not read a file with conditions', () => {
    expect(readSections('backend b\n .if defined(X)\n server a 10.0.0.1:1\n .endif\n', [])).toBeUndefined();
  });

  it('takes servers of other sections for what they are', () => {
    const sections = sectionsOf(
      'peers p\n  server me 10.0.0.1:1\nring r\n  server log 10.0.0.1:2\nlisten l\n  bind :1\n  server a 10.0.0.1:3\n',
    );
    expect(sections.map(({ servers }) => servers.size)).toEqual([0, 0, 1]);
  });
});

const config = { isConfig: (path: string) => path.endsWith('.cfg'), defaultServer: [] };
const wantedOf = (files: Readonly<Record<string, string>>, before?: Wanted): Wanted =>
  readWanted(
    Object.entries(files).map(([output, text]) => ({ output, text, secret: false })),
    config,
    before,
  );

describe('readWanted', () => {
  const word = fc.constantFrom(
    'backend web\n',
    'backend api\n',
    'listen web\n',
    '  server a 10.0.0.1:1\n',
    '  server b 10.0.0.1:2 weight 5\n',
    '  balance leastconn\n',
    '  server-template s 2 10.0.0.1:1\n',
    'frontend f\n',
  );
  const text = fc.array(word, { maxLength: 12 }).map((lines) => lines.join(''));

  it('gives from the files before what it gives from nothing', () => {
    fc.assert(
      fc.property(text, text, (one, two) => {
        const again = wantedOf({ 'x.cfg': two }, wantedOf({ 'x.cfg': one }));
        const fresh = wantedOf({ 'x.cfg': two });
        expect([...again.backends]).toEqual([...fresh.backends]);
        expect([...again.untouched]).toEqual([...fresh.untouched]);
        expect(digestOf(again)).toBe(digestOf(fresh));
        expect(digestOptions(again)).toBe(digestOptions(fresh));
      }),
    );
  });

  it('has equal digests just when no reload is needed', () => {
    fc.assert(
      fc.property(text, text, (one, two) => {
        const [old, next] = [wantedOf({ 'x.cfg': one }), wantedOf({ 'x.cfg': two })];
        expect(whyReload(old, next) === undefined).toBe(digestOf(old) === digestOf(next));
        expect(whyReload(next, next)).toBeUndefined();
      }),
    );
  });

  it('keeps a section that did not change', () => {
    const before = wantedOf({ 'x.cfg': 'backend a\n server s 10.0.0.1:1\nbackend b\n' });
    const after = wantedOf({ 'x.cfg': 'backend a\n server s 10.0.0.1:1\nbackend b\n server t 10.0.0.1:2\n' }, before);
    expect(after.backends.get('a')).toBe(before.backends.get('a'));
    expect(after.backends.get('b')).not.toBe(before.backends.get('b'));
  });

  const base = { 'x.cfg': 'backend a\n server s 10.0.0.1:1\n', 'hosts.map': 'a a\n' };
  it.each([
    ['a new backend', { 'x.cfg': `${base['x.cfg']}backend b\n` }, '`backend b` is new in x.cfg'],
    ['a backend that is gone', { 'x.cfg': '' }, '`backend a` is gone in x.cfg'],
    [
      'other lines',
      { 'x.cfg': 'backend a\n mode tcp\n' },
      'lines of `backend a` other than those of servers have changed in x.cfg',
    ],
    ['a map', { 'hosts.map': 'b a\n' }, 'hosts.map has changed'],
    ['a new file', { 'y.cfg': '' }, 'y.cfg is new'],
  ])('needs a reload for %s', (_what, change, why) => {
    expect(whyReload(wantedOf(base), wantedOf({ ...base, ...change }))).toBe(why);
  });

  it('needs none for servers', () => {
    const servers = { 'x.cfg': 'backend a\n server t [::1]:2 weight 4 check\n server u 10.0.0.3:1\n' };
    expect(whyReload(wantedOf(base), wantedOf({ ...base, ...servers }))).toBeUndefined();
  });

  it('touches no backend that two files have', () => {
    const wanted = wantedOf({ 'x.cfg': 'backend a\n server s 10.0.0.1:1\n', 'y.cfg': 'backend a\n' });
    expect([...wanted.untouched]).toEqual([['a', 'it is there twice']]);
    expect(wanted.backends.size).toBe(0);
  });
});
