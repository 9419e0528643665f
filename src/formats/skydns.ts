import { z } from 'zod';
import type { Decoded, Format, Fragment } from '../model/format.js';
import { readNames } from './fields.js';
import { isDirectory, portOption } from './key.js';
import type { Place } from './key.js';
import { defineFormat } from './kind.js';
import { parseObject } from './record.js';
import { readLabels, refuse } from './values.js';

const options = z.strictObject({
  root: z
    .string()
    .regex(/^[^\0]+$/)
    .default('/skydns')
    .meta({ description: 'What stands before the labels of the DNS name in a key.' }),
  labels: z
    .int()
    .min(1)
    .max(16)
    .optional()
    .meta({ description: 'How many labels of the DNS name are the id; without it `targetstrip` of the value, or 1.' }),
  defaultPort: portOption,
});

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
  create({ root, labels, defaultPort }): Format {
    const start = `${root.replace(/\/+$/, '')}/`;
    return {
      name: 'skydns',
      decode({ key, value }) {
        if (isDirectory(key, value)) return { ignored: 'a directory' };
        if (!key.startsWith(start)) return refuse('no-service', 'the key is not below the root');
        const path = key.slice(start.length);
        if (path === 'config' || path.startsWith('arpa/') || reserved.test(path))
          return { ignored: 'no name of a service' };
        const record = parseObject(value);
        if ('rejected' in record) return record;
        const values = read(record.object);
        if (values.host === undefined || values.mail === true) return { ignored: 'a text or mail record' };
        const strip = labels ?? (typeof values.strip === 'number' ? Math.max(1, values.strip) : 1);
        const place = splitLabels(path, strip);
        if (place === undefined) return refuse('no-service', 'the name has no labels beside those of the id');
        return decodeRecord(place, values, record.object, defaultPort);
      },
    };
  },
});

function splitLabels(path: string, strip: number): Place | undefined {
  const labels = path.split('/').reverse();
  const service = labels.slice(strip).join('.');
  const id = labels.slice(0, strip).join('.');
  return labels.includes('') || service === '' ? undefined : { service, id };
}

function decodeRecord(
  place: Place,
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
    ...place,
    address: host,
    // Not written when it is 0.
    port: port === undefined || port === 0 ? defaultPort : port,
    weight: weight === 0 ? 100 : weight,
    ...labels,
  };
  return { fragments: [fragment] };
}
