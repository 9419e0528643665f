import { describe, expect, test } from 'vitest';
import { createFold } from '../../src/snapshot/fold.js';
import { entry, makeFormat } from './entries.js';

/** A key whose service is `web` or `a.Web`, and a value that names the service `bank` or `a.Bank`. */
const cases: readonly (readonly [format: string, key: string, value: (name: string) => string])[] = [
  ['json', '/web/1', (name) => `{"address":"10.0.0.1","port":80,"serviceName":"${name}"}`],
  ['kratos', '/microservices/web/1', (name) => `{"id":"1","name":"${name}","endpoints":["grpc://10.0.0.1:80"]}`],
  [
    'go-micro',
    '/micro/registry/web/1',
    (name) => `{"name":"${name}","endpoints":null,"nodes":[{"id":"1","address":"10.0.0.1:80"}]}`,
  ],
  [
    'dubbo-app',
    '/services/web/10.0.0.1:80',
    (name) => `{"serviceName":"${name}","host":"10.0.0.1","port":80,"enabled":true,"healthy":true,"metadata":{}}`,
  ],
  [
    'jupiter',
    'grpc:web:v1:prod/10.0.0.1:80',
    (name) => `{"Op":0,"Addr":"10.0.0.1:80","MetadataX":{"name":"${name}","scheme":"grpc"}}`,
  ],
  [
    'easegress',
    '/services/web/1',
    (name) => `{"registryName":"r","serviceName":"${name}","instanceID":"1","address":"10.0.0.1","port":80}`,
  ],
  [
    'nestcloud',
    'nestcloud-service/service__web__10.0.0.1__80',
    (name) => `address: 10.0.0.1\nport: '80'\nname: ${name}\n`,
  ],
];

const fold = (name: string, trustValue: boolean, key: string, value: string) => {
  const { services, rejected } = createFold({
    source: 's',
    prefix: '/',
    format: makeFormat(name, { trustValue, base: key.startsWith('/') ? '/' : '' }),
  }).apply({ kind: 'sync', revision: '1', clusterId: '1', entries: [entry(key, value)] });
  return { names: [...services.keys()], codes: rejected.map(({ code }) => code) };
};

describe('a value that names another service than its key', () => {
  test.each(cases)('%s: is rejected, unless the source trusts values', (format, key, value) => {
    expect(fold(format, false, key, value('web'))).toEqual({ names: ['web'], codes: [] });
    expect(fold(format, false, key, value('bank'))).toEqual({ names: [], codes: ['name-mismatch'] });
    expect(fold(format, true, key, value('bank'))).toEqual({ names: ['bank'], codes: [] });
  });

  test('dubbo-interface: is rejected too, when the URL in the key names another interface', () => {
    const key = (name: string) => `/dubbo/a.Web/providers/tri%3A%2F%2F10.0.0.1%3A80%2Fa.Web%3Finterface%3D${name}`;
    expect(fold('dubbo-interface', false, key('a.Web'), '')).toEqual({ names: ['a.Web'], codes: [] });
    expect(fold('dubbo-interface', false, key('a.Bank'), '')).toEqual({ names: [], codes: ['name-mismatch'] });
    expect(fold('dubbo-interface', true, key('a.Bank'), '')).toEqual({ names: ['a.Bank'], codes: [] });
  });
});
