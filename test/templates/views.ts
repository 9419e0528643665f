import { createHash } from 'node:crypto';
import type { Instance, Service } from '../../src/model/instance.js';
import type { Quarantine, View } from '../../src/model/view.js';
import { compileTemplate } from '../../src/render/template.js';
import type { Renderer } from '../../src/targets/maker.js';
import { createDesiredFiles } from '../../src/targets/files/desired.js';
import { makeService, makeView } from '../render/views.js';

const v6 = (address: string): Partial<Instance> => ({ address, host: `[${address}]`, family: 'ipv6' });
const named = (address: string): Partial<Instance> => ({ address, family: 'name' });
const at = (address: string, more: Partial<Instance> = {}): Partial<Instance> => ({ id: address, address, ...more });

/** A thousand instances of one service, at 10.0.0.0 and up. */
const crowd = Array.from({ length: 1000 }, (_, n) => at(`10.0.${n >> 8}.${n & 255}`, { weight: (n % 7) * 100 }));

/** Names and values that some consumer interprets. Each dialect rejects those that it cannot write. */
const nasty = ['', 'a b', 'a;b', 'a"b', "a'b", 'a$b', '$(id)', 'a{b}', 'a/b', '../x', 'a#b', '-f', '%[src]', 'a\\b', '~a', 'é'];

/** Host names, of which some can be served in another spelling, and some not at all. */
const oddHosts = [
  ...['*.example.org', 'port.example.com:8080', 'under_score.example.com', 'bücher.example', 'DOT.example.com.', '*.müller.example'],
  ...['*', 'www.*.com', '*x.example.com', 'x.example.com:0', 'http://x.example.com/', '[2001:db8::1]:80', '-a.example', 'a..example', 'a;b'],
  ...['a'.repeat(47), 'b'.repeat(46), `*.${'c'.repeat(46)}.example`, `${'d'.repeat(64)}.example`, 'xn--iñ.example'],
];

/**
 * Views that every built-in template must render correctly, by name. The golden files and the tests with real consumers share them. The
 * addresses are reserved for documentation, so no test connects to them.
 */
export const services: Readonly<Record<string, readonly Service[]>> = {
  nothing: [],
  plain: [
    makeService('api', [at('192.0.2.9', { port: 9000, tags: ['public'], zone: 'eu-1', version: '2.0.1', scheme: 'https' })]),
    makeService('web', [at('192.0.2.1'), at('192.0.2.2', { metadata: { host: 'www.example.com' } })]),
  ],
  families: [
    makeService('mixed', [
      at('192.0.2.1'),
      at('2001:db8::1', v6('2001:db8::1')),
      at('::ffff:c000:203', v6('::ffff:c000:203')),
      at('web.example.com', named('web.example.com')),
    ]),
    makeService('names', [at('a.example.com', named('a.example.com')), at('b.example.com', named('b.example.com'))]),
  ],
  weights: [
    makeService('heavy', [0, 1, 300, 65535].map((weight, n) => at(`192.0.2.${n + 1}`, { weight }))),
    makeService('light', [0, 1, 2, 256].map((weight, n) => at(`192.0.2.${n + 11}`, { weight }))),
    makeService('slightly', [1, 2, 257].map((weight, n) => at(`192.0.2.${n + 21}`, { weight }))),
    makeService('zero', [at('192.0.2.31', { weight: 0 })]),
  ],
  states: [
    makeService('going', [at('192.0.2.1', { status: 'draining' })]),
    makeService('some', [
      at('192.0.2.1'),
      at('192.0.2.2', { status: 'draining', weight: 300 }),
      at('192.0.2.3', { status: 'critical', weight: 65535 }),
      at('192.0.2.4', { held: true }),
    ]),
  ],
  expected: [
    makeService('empty', [], true),
    makeService('gone'),
    makeService('ill', [at('192.0.2.1', { status: 'critical' })]),
    makeService('named', [at('a.example.com', named('a.example.com'))], true),
    makeService('sick', [at('192.0.2.1', { status: 'critical' })], true),
  ],
  cases: ['WEB', 'Web', 'web', 'web-1', 'web.1', 'web_1'].map((name, n) => makeService(name, [at(`192.0.2.${n + 1}`)])),
  ports: [makeService('web', [80, 8080, 65535].map((port) => at('192.0.2.1', { id: String(port), port })))],
  hostile: [
    ...nasty.map((name, n) => makeService(name, [at(`192.0.2.${n + 1}`)])),
    makeService('values', nasty.map((text, n) => at(`198.51.100.${n + 1}`, { id: text, zone: text, version: text, tags: [text], metadata: { host: text } }))),
  ].sort((a, b) => (a.name < b.name ? -1 : 1)),
  hosts: [
    makeService('api', [
      at('192.0.2.1', { metadata: { host: `${oddHosts.join(' ')} ok.example.com` } }),
      at('192.0.2.2', { metadata: { host: `also.example.com ${oddHosts.join(',')}` } }),
    ]),
    makeService('web', [at('192.0.2.3', { metadata: { host: 'port.example.com, *.example.net' } })]),
  ],
  crowd: [makeService('crowd', crowd)],
};

export interface Made {
  readonly text: string;
  readonly quarantined: readonly Quarantine[];
}

/** Built-in templates of one file for each service. */
const perService: ReadonlySet<string> = new Set(['envoy-eds']);

/** Compiles a built-in template. One of a file for each service writes all files, one after the other. */
export function compileBuiltIn(name: string, text: string, vars: View['vars']): CompiledBuiltIn {
  const known = { env: [], vars };
  if (!perService.has(name)) return compileTemplate({ name, text, scope: 'root', known });
  const template = compileTemplate({ name, text, scope: 'service', known });
  return {
    omits: template.omits,
    render(view) {
      const files = view.services.map((service) => template.render(view, service));
      return {
        text: files.map((file) => file.text).join(''),
        rejected: files.flatMap(({ rejected }) => rejected),
        omitted: files.flatMap(({ omitted }) => omitted),
      };
    },
  };
}

type CompiledBuiltIn = Renderer & Pick<ReturnType<typeof compileTemplate>, 'omits'>;

/** Renders a view as a files target does: again and again until nothing is rejected. */
export function make(name: string, text: string, view: Partial<View>): Made {
  const template = compileBuiltIn(name, text, view.vars ?? {});
  const { files, quarantined } = createDesiredFiles([{ path: '/out', template, mode: 0o644, inPlace: false }])(makeView(view));
  return { text: files[0]?.content.toString() ?? '', quarantined };
}

/** The text of a golden file: of a long text only its ends and its digest, then the rejected items with reasons. */
export function showMade({ text, quarantined }: Made): string {
  const lines = text.split('\n');
  const digest = createHash('sha256').update(text).digest('hex');
  const short =
    lines.length <= 400 ? text : [...lines.slice(0, 12), `[${lines.length} lines, sha256 ${digest}]`, ...lines.slice(-6)].join('\n');
  const out = quarantined.map(({ service, instance, hostName, reason }) => {
    const who = instance ? `${service} ${instance.address}:${instance.port}` : hostName === undefined ? service : `${service} name ${hostName}`;
    return `${JSON.stringify(who)}: ${reason}\n`;
  });
  return out.length === 0 ? short : `${short}[kept out]\n${out.join('')}`;
}
