import type { Instance, Service } from '../../model/instance.js';
import { instanceType } from '../shape.js';
import { any, describeType, keyOf, present, string } from '../types.js';
import type { Struct } from '../types.js';
import { createAnswers } from './answers.js';
import { anything, defineViewHelper, text } from './define.js';
import { problemOfName } from './names.js';

/** A host name, and which service it leads to. */
interface Claim {
  readonly host: string;
  readonly holder: string;
}

const claim: Struct = {
  kind: 'struct',
  name: 'Claim',
  fields: {
    host: { type: string, doc: 'Lower case.' },
    holder: { type: string, doc: 'Name of the service that has it.' },
  },
};

const nobodys: readonly Claim[] = [];

export const hostClaims = defineViewHelper({
  name: 'hostClaims',
  parameters: [anything('instance'), text('key'), text('beginning'), text('domain')],
  doc: "The host names that the instance is the first of its service to ask for: in its metadata under the key (several are separated by commas or blanks), and in its tags, behind the beginning; `''` for either: not there. Each has its `host` in lower case and its `holder`: the service whose own name it is below the domain, else, of those that ask for it, the expected one, one with an instance that is not critical, the first. An instance that asks for what is no host name is rejected.",
  example: '{{#each (hostClaims this "host" "host=" "")}}{{host}} {{holder}}{{/each}}',
  returns: () => ({ kind: 'list', of: claim }),
  check: ({ args: [type = any] }) =>
    type.kind === 'any' || keyOf(present(type)) === keyOf(instanceType)
      ? undefined
      : { message: `hostClaims takes an instance, not ${describeType(type)}`, argument: 0 },
  run: ([instance, key, beginning, domain], call) => {
    if (!isInstance(instance)) return call.fail('hostClaims takes an instance, and this is none');
    const hosts = hostsOf(instance, key, beginning);
    if (hosts.length === 0) return nobodys;
    for (const host of hosts) {
      const problem = problemOfName(host);
      if (problem !== undefined) return call.fail(`it asks for what is no host name: ${problem}`);
    }
    const { services } = call.view;
    const askers = askersOf(services, key, beginning);
    const service = call.findService(instance.service);
    const claims = hosts.flatMap((host): Claim[] => {
      if (service === undefined || firstAskers(service, key, beginning).get(host) !== instance) return [];
      const holder = call.holderOf(withoutDomain(host, domain)) ?? askers.get(host) ?? service;
      return [{ host, holder: holder.name }];
    });
    return claims.length === 0 ? nobodys : answers.to(JSON.stringify(claims), () => claims);
  },
});

/** Equal claims are one object: what was rendered with them is kept. */
const answers = createAnswers<readonly Claim[]>();

function isInstance(value: unknown): value is Instance {
  const { service, metadata, tags } = (value ?? {}) as Readonly<Partial<Record<keyof Instance, unknown>>>;
  if (typeof service !== 'string' || typeof metadata !== 'object' || metadata === null || !Array.isArray(tags))
    return false;
  return Object.values(metadata).every(isText) && tags.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** Each once, in lower case. */
function hostsOf({ metadata, tags }: Instance, key: string, beginning: string): readonly string[] {
  const said = key !== '' && Object.hasOwn(metadata, key) ? (metadata[key] ?? '').split(/[\s,]+/) : [];
  if (beginning !== '') for (const tag of tags) if (tag.startsWith(beginning)) said.push(tag.slice(beginning.length));
  return [...new Set(said.filter((host) => host !== '').map((host) => host.toLowerCase()))];
}

/** `''` names no service. */
function withoutDomain(host: string, domain: string): string {
  if (domain === '') return host;
  const end = `.${domain.toLowerCase()}`;
  return host.endsWith(end) ? host.slice(0, -end.length) : '';
}

const known = new WeakMap<object, Map<string, ReadonlyMap<string, unknown>>>();

/** Services stay the same objects from view to view: what one of them asks for is found once. */
function once<T>(about: object, question: string, find: () => ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const found = known.get(about) ?? new Map<string, ReadonlyMap<string, unknown>>();
  known.set(about, found);
  const before = found.get(question) as ReadonlyMap<string, T> | undefined;
  if (before !== undefined) return before;
  const answer = find();
  found.set(question, answer);
  return answer;
}

function firstAskers(service: Service, key: string, beginning: string): ReadonlyMap<string, Instance> {
  return once(service, JSON.stringify([key, beginning]), () => {
    const first = new Map<string, Instance>();
    for (const instance of service.instances)
      for (const host of hostsOf(instance, key, beginning)) if (!first.has(host)) first.set(host, instance);
    return first;
  });
}

function askersOf(services: readonly Service[], key: string, beginning: string): ReadonlyMap<string, Service> {
  return once(services, JSON.stringify([key, beginning]), () => {
    const askers = new Map<string, Service>();
    for (const service of services)
      for (const host of firstAskers(service, key, beginning).keys()) {
        const before = askers.get(host);
        if (before === undefined || weightOf(service) > weightOf(before)) askers.set(host, service);
      }
    return askers;
  });
}

function weightOf({ expected, instances }: Service): number {
  return (expected ? 2 : 0) + (instances.some(({ status }) => status !== 'critical') ? 1 : 0);
}
