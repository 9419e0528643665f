import { createHash } from 'node:crypto';
import type { DesiredService } from './desired-service.js';
import type { Endpoint, GroupKey } from './endpoint.js';
import type { EndpointSlicesOptions } from './schema.js';

/** The name of the one port of each slice, and of the port of the Service. */
export const portName = 'main';

/** What rollcall applies of an object beside its metadata. */
export type Fields = Readonly<Record<string, unknown>>;

/** @param isDual the Service has, or has had, endpoints of both families */
export function fieldsOfService(
  { appProtocol }: Pick<DesiredService, 'appProtocol'>,
  { servicePort, headless }: Pick<EndpointSlicesOptions, 'servicePort' | 'headless'>,
  isDual: boolean,
): Fields {
  const port = {
    ...{ name: portName, port: servicePort, protocol: 'TCP' },
    ...(appProtocol !== '' && { appProtocol }),
  };
  return {
    spec: {
      ...{ type: 'ClusterIP', ports: [port] },
      ...(headless && { clusterIP: 'None' }),
      // A cluster IP of the other family would reach no endpoint; a cluster with one family gives it that one.
      ...((isDual || !headless) && { ipFamilyPolicy: 'PreferDualStack' }),
    },
  };
}

export function fieldsOfSlice({ family, port, appProtocol }: GroupKey, endpoints: readonly Endpoint[]): Fields {
  return {
    addressType: family === 'ipv4' ? 'IPv4' : 'IPv6',
    ports: [{ name: portName, port, protocol: 'TCP', ...(appProtocol !== '' && { appProtocol }) }],
    endpoints: endpoints.map(({ address, isReady, zone }) => ({
      addresses: [address],
      // A draining endpoint still serves its open connections; proxies use it when no other is ready.
      conditions: { ready: isReady, serving: true, terminating: !isReady },
      ...(zone !== '' && { zone }),
    })),
  };
}

/** Hex SHA-256. Equal fields have equal digests, whatever the order of their keys. */
export function digestOfFields(fields: Fields): string {
  return createHash('sha256').update(canonical(fields)).digest('hex');
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
