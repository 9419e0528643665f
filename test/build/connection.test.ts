import { expect, it } from 'vitest';
import { otherConnection } from '../../src/build/connection.js';

const env = { ETCDCTL_ENDPOINTS: 'http://192.0.2.1:2379', ETCDCTL_USER: 'root', ETCDCTL_PASSWORD: 'secret' };

it('sends the password of the main etcd to no other endpoint', () => {
  const other = otherConnection({ endpoints: ['http://192.0.2.2:2379'] }, env);
  expect(other.endpoints).toEqual(['http://192.0.2.2:2379']);
  expect(other.auth).toBeUndefined();
});

it('uses ETCDCTL_* for missing keys when the block has no endpoints', () => {
  const same = otherConnection({ auth: { username: 'dns', password: 'own' } }, env);
  expect(same.endpoints).toEqual(['http://192.0.2.1:2379']);
  expect(same.auth).toEqual({ username: 'dns', password: 'own' });
});
