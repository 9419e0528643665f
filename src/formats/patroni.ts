import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import type { Fragment, Refusal } from '../model/format.js';
import { readNames } from './fields.js';
import { parseObject } from './record.js';
import { defineFormat } from './kind.js';
import { readLabels, refuse } from './values.js';

const read = readNames({
  connection: ['conn_url'],
  api: ['api_url'],
  state: ['state'],
  role: ['role'],
  version: ['version'],
  tags: ['tags'],
});

/** Members that take connections. Every other state is one of starting, stopping or failing. */
const serving: ReadonlySet<unknown> = new Set([undefined, 'running', 'streaming', 'in archive recovery']);

/** Patroni: `/service/<scope>[/<Citus group>]/members/<name>`. Values may hold passwords; only host and port are taken of URLs. */
export const patroni = defineFormat({
  options: z.strictObject({}),
  // A Citus group is a number below the scope.
  keys: { root: '/service/', patterns: ['<service...>/members/<id>'] },
  create: (_, { keys }) => ({
    name: 'patroni',
    decode({ key, value }) {
      const place = keys.locate(key);
      if ('rejected' in place) return keys.endsLikeOne(key) ? place : { ignored: 'no member' };
      const { service, id } = place;
      const member = value.trim().startsWith('{') ? readMember(value) : { connection: value.trim(), rest: {} };
      if ('rejected' in member) return member;
      if (!/^[a-z]+:\/\//i.test(member.connection)) return refuse('not-recognised', 'the value has no URL of a server');
      const endpoint = splitEndpoint(member.connection);
      if ('rejected' in endpoint) return endpoint;
      const { host: address, port, scheme } = endpoint;
      return { fragments: [{ service, id, address, port, scheme, ...member.rest }] };
    },
  }),
});

function readMember(value: string): { readonly connection: string; readonly rest: Partial<Fragment> } | Refusal {
  const record = parseObject(value);
  if ('rejected' in record) return record;
  const { connection = '', api, state, role, version, tags = {} } = read(record.object);
  if (typeof connection !== 'string') return refuse('bad-address', 'the URL of the server is no text');
  const about = Object.entries({ role, state, version, api_url: bareUrl(api) }).filter(
    ([, text]) => text !== undefined,
  );
  const labels = readLabels(tags, Object.fromEntries(about));
  if ('rejected' in labels) return labels;
  // Patroni's own check of replicas fails for these.
  const apart = role === 'replica' && labels.metadata?.noloadbalance === 'true';
  return { connection, rest: { status: serving.has(state) && !apart ? undefined : 'critical', ...labels } };
}

/** A URL without user and password. */
function bareUrl(url: unknown): unknown {
  return typeof url === 'string' ? url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1') : undefined;
}
