import { z } from 'zod';
import type { Decoded, Fragment, Refusal } from '../model/format.js';
import { readNames } from './fields.js';
import type { LocatedKey, ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { portOption } from './options.js';
import { parseObject } from './record.js';
import { readLabels, refuse } from './values.js';

const options = z.strictObject({ defaultPort: portOption });

const read = readNames({
  host: ['host'],
  port: ['port'],
  weight: ['weight'],
  mail: ['mail'],
  strip: ['targetstrip'],
});

/** Fields that become metadata. */
const metadataFields = ['priority', 'group', 'text', 'ttl', 'owner'];

/** Names below a zone that CoreDNS reserves, as labels in the order of the key. */
const reserved = /(?:^|\/)dns\/(?:ns|stub|apex)(?:\/|$)/;

/** SkyDNS messages, as CoreDNS, external-dns and registrator's skydns2 use them: `<root>/<reversed DNS name>`. */
export const skydns = defineFormat({
  options,
  keys: { root: '/skydns/', patterns: ['<service...>/<id>'], encodedService: true },
  create: ({ defaultPort }, { trustValue, keys }) => ({
    name: 'skydns',
    decode({ key, value }) {
      if (/(?:^|\/)skydns\/(?:config$|arpa\/)/.test(key) || reserved.test(key))
        return { ignored: 'a name that SkyDNS or CoreDNS reserves' };
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const values = read(record.object);
      if (values.host === undefined || values.mail === true) return { ignored: 'a text or mail record' };
      const located = keys.locate(key);
      if ('rejected' in located) return located;
      const serviceKey = readLabelsOf(located, trustValue && typeof values.strip === 'number' ? values.strip : 1);
      return 'rejected' in serviceKey ? serviceKey : decodeRecord(serviceKey, values, record.object, defaultPort);
    },
  }),
});

/**
 * Splits a DNS name into service and id. The key holds its labels in reverse order.
 *
 * @param strip the least number of labels of the id. A larger number moves the registration to another service, so callers take it from the
 * value only when the source trusts values.
 */
function readLabelsOf({ service, id, serviceFromSource }: LocatedKey, strip: number): ServiceKey | Refusal {
  const ids = id.split('/');
  if (serviceFromSource) return { service, id: ids.reverse().join('.') };
  const labels = service.split('/');
  // A dot within a label would make two keys stand for one name: `cluster.web` in one label, and `web` below `cluster`.
  if (labels.some((label) => label.includes('.'))) return refuse('key-mismatch', 'a label of the name has a dot');
  const moved = Math.max(0, Math.floor(strip) - ids.length);
  if (moved >= labels.length)
    return refuse('key-mismatch', 'all labels of the name belong to the id, so no service is left');
  const rest = labels.splice(labels.length - moved);
  return { service: labels.reverse().join('.'), id: [...rest, ...ids].reverse().join('.') };
}

function decodeRecord(
  { service, id }: ServiceKey,
  { host, port, weight = 0 }: ReturnType<typeof read>,
  record: object,
  defaultPort: number | undefined,
): Decoded {
  if (typeof host !== 'string') return refuse('bad-address', 'the host is not text');
  // CoreDNS fails to parse a message with a text in place of a number.
  if (port !== undefined && typeof port !== 'number') return refuse('bad-port', 'the port is not a number');
  if (typeof weight !== 'number') return refuse('bad-weight', 'the weight is not a number');
  const labels = readLabels(
    undefined,
    Object.fromEntries(Object.entries(record).filter(([name]) => metadataFields.includes(name))),
  );
  if ('rejected' in labels) return labels;
  const fragment: Fragment = {
    service,
    id,
    address: host,
    // SkyDNS writers leave a port of 0 out, so both mean that no port is set.
    port: port === undefined || port === 0 ? defaultPort : port,
    weight: weight === 0 ? 100 : weight,
    ...labels,
  };
  return { fragments: [fragment] };
}
