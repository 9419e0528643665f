import { parseServer } from '../../dns/server.js';
import { isMap, itemsOf, textOf, valueOf } from '../../model/raw-data.js';
import type { NameClaim } from '../claim.js';
import type { TargetKind } from '../kind.js';
import { withoutDot } from '../record-plan-schema.js';
import { dnsUpdateSchema, whyNotStaged, type DnsUpdateOptions } from './schema.js';

/** Records of services in the zones of a DNS server. */
export const dnsUpdate: TargetKind<DnsUpdateOptions> = {
  key: 'dnsUpdate',
  schema: dnsUpdateSchema,
  localPaths: ['tsigKeyFile'],
  templatePlaces: [],
  etcdBlocks: [],
  secret: false,
  omits: ['critical', 'draining', 'weight 0'],
  claims(block) {
    const [server, owner] = ['server', 'owner'].map((key) => textOf(valueOf(block, key)));
    if (server === undefined || owner === undefined) return [];
    const place = parseServer(server) ?? server;
    // Two owners may share a zone. The schema refuses a zone that stands twice in one target.
    const claims = new Map<string, NameClaim>();
    const add = (zone: string | undefined, at: NameClaim['at']): void => {
      if (zone === undefined) return;
      const name = `dnsUpdate ${place} ${withoutDot(zone)} ${owner}`;
      if (!claims.has(name)) claims.set(name, { type: 'name', name, at });
    };
    add(textOf(valueOf(block, 'zone')), ['zone']);
    for (const [index, zone] of itemsOf(valueOf(block, 'reverse')).entries()) add(textOf(zone), ['reverse', index]);
    return [...claims.values()];
  },
  sources(block) {
    const sourceTtl = valueOf(block, 'sourceTtl');
    return isMap(sourceTtl) ? Object.keys(sourceTtl).map((name) => ({ name, at: ['sourceTtl', name] })) : [];
  },
  templates: () => [],
  reads: () => [],
  directories: () => [],
  accounts: () => [],
  whyNotStaged,
  load: async () => (await import('./maker.js')).dnsUpdateMaker,
};
