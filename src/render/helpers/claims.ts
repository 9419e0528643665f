import { instanceType } from '../shape.js';
import { any, boolean, describeType, keyOf, present, string } from '../types.js';
import type { Struct } from '../types.js';
import { createWeakCache } from './weak-cache.js';
import { anything, defineViewHelper, numeric, optional, text } from './define.js';
import {
  belowDomain,
  claimantsOf,
  firstClaims,
  isInstance,
  namesOf,
  oddNamesOf,
  ownersOf,
  parseOwnName,
  tellOmitted,
} from './claimed-names.js';
import type { Rule } from './claimed-names.js';

/** A host name, and the service that it leads to. */
interface Claim {
  readonly host: string;
  readonly holder: string;
  readonly own: boolean;
}

const claim: Struct = {
  kind: 'struct',
  name: 'Claim',
  fields: {
    host: { type: string, doc: 'As `parseHostName` gives it. It may begin with `*.`.' },
    holder: { type: string, doc: 'Name of the service that holds it.' },
    own: { type: boolean, doc: "True when it is the holder's own name below the domain." },
  },
};

const noClaims: readonly Claim[] = [];

export const hostClaims = defineViewHelper({
  name: 'hostClaims',
  parameters: [anything('instance'), text('key'), text('beginning'), text('domain'), optional(numeric('longest'))],
  doc: "The host names that an instance claims, if it is the first instance of its service that claims them. An instance claims host names in its metadata under the key (separated by commas or blanks) and in its tags after the beginning; `''` for either reads no names there. Names are in lower case, without a port and a final dot; international names are in Punycode; `*.example.com` stands for all names below. Each claim has `host`, `holder`, the service that gets the name, and `own`, true when the name is the holder's own name below the domain. The holder is the service whose own name it is; else, of the claiming services, an expected one, one with an instance that is not critical, one that claims the name without a port, or the first. A name that is no host name, or has more bytes than `longest`, is left out alone and reported; without `longest`, names have up to 253.",
  example: '{{#each (hostClaims this "host" "host=" "")}}{{host}} {{holder}}{{/each}}',
  returns: () => ({ kind: 'list', of: claim }),
  check: ({ args: [type = any] }) =>
    type.kind === 'any' || keyOf(present(type)) === keyOf(instanceType)
      ? undefined
      : { message: `hostClaims takes an instance, not ${describeType(type)}`, argument: 0 },
  run: ([instance, key, beginning, domain, longest], call) => {
    if (!isInstance(instance)) return call.fail('hostClaims takes an instance, and this value is not one');
    const rule: Rule = { key, beginning, longest };
    const hosts = namesOf(instance, rule).valid;
    if (hosts.size === 0) return noClaims;
    const { services } = call.view;
    const service = call.findService(instance.service);
    if (service === undefined) return noClaims;
    const first = firstClaims(service, rule);
    const claims = [...hosts.keys()].flatMap((host): Claim[] => {
      if (first.get(host)?.instance !== instance) return [];
      const owner = ownersOf(services, domain).get(host);
      const holder = owner ?? claimantsOf(services, rule).get(host) ?? service;
      return [{ host, holder: holder.name, own: owner !== undefined }];
    });
    return claims.length === 0 ? noClaims : claimCache.get(JSON.stringify(claims), () => claims);
  },
  omitted: ([instance, key, beginning, , longest], { findService }) => {
    const rule: Rule = { key, beginning, longest };
    if (!isInstance(instance) || namesOf(instance, rule).odd.size === 0) return [];
    const service = findService(instance.service);
    return service === undefined
      ? []
      : oddNamesOf(service, rule)
          .filter((odd) => odd.instance === instance)
          .map(({ told }) => told);
  },
});

export const ownHost = defineViewHelper({
  name: 'ownHost',
  parameters: [text('name'), text('domain'), optional(numeric('longest'))],
  doc: "The own host name of a service: its name below the domain, which may be `''`, as `hostClaims` writes names. It is `''` when the name is no host name, has more bytes than `longest`, or is the own name of another service, too. The name is then reported as left out.",
  example: '{{#with (ownHost name "example.com")}}{{this}} {{../name}}{{/with}}',
  returns: () => string,
  run: ([name, domain, longest], { view }) => {
    const host = parseOwnName(name, domain, longest);
    return 'host' in host && ownersOf(view.services, domain).get(host.host)?.name === name ? host.host : '';
  },
  omitted: ([name, domain, longest], { view }) => {
    const host = parseOwnName(name, domain, longest);
    const owner = 'host' in host ? ownersOf(view.services, domain).get(host.host) : undefined;
    if (owner?.name === name) return [];
    const problem = 'host' in host ? 'it is the own name of another service, too' : host.problem;
    return [tellOmitted(name, belowDomain(name, domain), problem)];
  },
});

/** Equal claims are one object, so the render cache can reuse texts made from them. */
const claimCache = createWeakCache<readonly Claim[]>();
