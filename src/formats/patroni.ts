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

/** The states in which a member accepts connections. In every other state it is starting, stopping or failing. */
const servingStates: ReadonlySet<unknown> = new Set([undefined, 'running', 'streaming', 'in archive recovery']);

/** Patroni: `/service/<scope>[/<Citus group>]/members/<name>`. Values may contain passwords, so the format never keeps the credentials of a URL. */
export const patroni = defineFormat({
  options: z.strictObject({}),
  // A Citus group is one more segment, a number, after the scope.
  keys: { root: '/service/', patterns: ['<service...>/members/<id>'] },
  create: (_, { keys }) => ({
    name: 'patroni',
    decode({ key, value }) {
      const located = keys.locate(key);
      if ('rejected' in located) return keys.matchesEnd(key) ? located : { ignored: 'not a member' };
      const { service, id } = located;
      const member = value.trim().startsWith('{') ? readMember(value) : { connection: value.trim(), rest: {} };
      if ('rejected' in member) return member;
      if (!/^[a-z]+:\/\//i.test(member.connection)) return refuse('not-recognised', 'the value has no connection URL');
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
  if (typeof connection !== 'string') return refuse('bad-address', 'the connection URL is not text');
  const members = Object.entries({ role, state, version, api_url: stripCredentials(api) }).filter(
    ([, text]) => text !== undefined,
  );
  const labels = readLabels(tags, Object.fromEntries(members));
  if ('rejected' in labels) return labels;
  // Patroni's `/replica` health check fails for these members too.
  const isExcludedReplica = role === 'replica' && labels.metadata?.noloadbalance === 'true';
  return {
    connection,
    rest: { status: servingStates.has(state) && !isExcludedReplica ? undefined : 'critical', ...labels },
  };
}

/** A URL without user and password. */
function stripCredentials(url: unknown): unknown {
  return typeof url === 'string' ? url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1') : undefined;
}
