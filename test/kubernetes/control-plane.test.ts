import { beforeAll, expect, it } from 'vitest';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
});

it('serves again after a kill, with what it had', async () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' }, data: { a: '1' } };
  expect((await plane.api('POST', '/api/v1/namespaces/default/configmaps', object)).status).toBe(201);
  await plane.kill();
  await expect(plane.api('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
  await plane.start();
  const { body } = await plane.api('GET', '/api/v1/namespaces/default/configmaps/kept');
  expect(body).toMatchObject({ data: { a: '1' } });
  expect(await plane.audit()).toContainEqual(expect.objectContaining({ verb: 'create', stage: 'ResponseComplete' }));
});
