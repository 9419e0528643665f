import { z } from 'zod';
import type { Decoded, Fragment, Refusal } from '../model/format.js';
import { readNames } from './fields.js';
import type { KeyPlace, ServiceKey } from './keys/locate.js';
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

/** Fields that go along as metadata. */
const carried = ['priority', 'group', 'text', 'ttl', 'owner'];

/** Places below a zone that CoreDNS keeps for itself, as labels in the order of the key. */
const reserved = /(?:^|\/)dns\/(?:ns|stub|apex)(?:\/|$)/;

/** SkyDNS messages, as CoreDNS, external-dns and registrator's skydns2 have them: `<root>/<reversed DNS name>`. */
export const skydns = defineFormat({
  options,
  keys: { root: '/skydns/', patterns: ['<service...>/<id>'], spelled: true },
  create: ({ defaultPort }, { trustValue, keys }) => ({
    name: 'skydns',
    decode({ key, value }) {
      if (/(?:^|\/)skydns\/(?:config$|arpa\/)/.test(key) || reserved.test(key))
        return { ignored: 'no name of a service' };
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const values = read(record.object);
      if (values.host === undefined || values.mail === true) return { ignored: 'a text or mail record' };
      const place = keys.locate(key);
      if ('rejected' in place) return place;
      const named = readLabelsOf(place, trustValue && typeof values.strip === 'number' ? values.strip : 1);
      return 'rejected' in named ? named : decodeRecord(named, values, record.object, defaultPort);
    },
  }),
});

/**
 * The labels of a DNS name, the last first, as service and id.
 *
 * @param strip how many labels are the id at least: what a value says of it moves its registration to another service
 */
function readLabelsOf({ service, id, named }: KeyPlace, strip: number): ServiceKey | Refusal {
  const ids = id.split('/');
  if (named) return { service, id: ids.reverse().join('.') };
  const labels = service.split('/');
  // `cluster.web` in one label would be the name of `web` in `cluster`.
  if (labels.some((label) => label.includes('.'))) return refuse('key-mismatch', 'a label of the name has a dot');
  const moved = Math.max(0, Math.floor(strip) - ids.length);
  if (moved >= labels.length) return refuse('key-mismatch', 'the name has no labels beside those of the id');
  const rest = labels.splice(labels.length - moved);
  return { service: labels.reverse().join('.'), id: [...rest, ...ids].reverse().join('.') };
}

function decodeRecord(
  { service, id }: ServiceKey,
  { host, port, weight = 0 }: ReturnType<typeof read>,
  record: object,
  defaultPort: number | undefined,
): Decoded {
  if (typeof host !== 'string') return refuse('bad-address', 'the host is no text');
  // A text in place of a number makes CoreDNS fail.
  if (port !== undefined && typeof port !== 'number') return refuse('bad-port', 'the port is no number');
  if (typeof weight !== 'number') return refuse('bad-weight', 'the weight is no number');
  const labels = readLabels(
    undefined,
    Object.fromEntries(Object.entries(record).filter(([name]) => carried.includes(name))),
  );
  if ('rejected' in labels) return labels;
  const fragment: Fragment = {
    service,
    id,
    address: host,
    // Not written when it is 0.
    port: port === undefined || port === 0 ? defaultPort : port,
    weight: weight === 0 ? 100 : weight,
    ...labels,
  };
  return { fragments: [fragment] };
}
