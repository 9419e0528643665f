import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kubernetes/resource.js';
import { settledDigest, type Comparison, type ObservedServices } from '../../../src/targets/endpoint-slices/changes.js';
import { createClusterView, keepSlice } from '../../../src/targets/endpoint-slices/cluster-view.js';
import { conflictOfService } from '../../../src/targets/endpoint-slices/conflicts.js';
import { diffServices } from '../../../src/targets/endpoint-slices/diff.js';
import { digestOfFields, fieldsOfSlice } from '../../../src/targets/endpoint-slices/fields.js';
import { makeService } from '../../../src/targets/endpoint-slices/make-service.js';
import { readObject } from '../../../src/targets/endpoint-slices/observed.js';
import { endpointSlicesSchema } from '../../../src/targets/endpoint-slices/schema.js';
import { labelsFor } from '../../../src/targets/endpoint-slices/spec.js';
import { instance } from '../../model/instances.js';

const options = endpointSlicesSchema.parse({ service: 'existing' });
const comparison: Comparison = {
  options,
  marks: { owner: 'rollcall', target: 'one', manager: 'rollcall' },
  outputOf: (type, { name }) => `${type}/${name}`,
};
const desired = makeService({ name: 'web', instances: [instance({ port: 8080 })], expected: false }, options).desired;
const [group] = desired?.groups ?? [];
if (!desired || !group) throw new Error('one group');
const fields = fieldsOfSlice(group, group.endpoints);
const wanted = digestOfFields(fields);

function observedWith(endpointMore: object): ObservedServices {
  const view = createClusterView();
  const service = {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'edge' } },
    spec: { type: 'ClusterIP', ports: [{ name: 'main', port: 80, protocol: 'TCP' }] },
  } as KubeObject;
  view.services.set('edge/web', readObject('service', service));
  const [endpoint] = fields.endpoints as readonly object[];
  const slice = {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
    metadata: {
      ...{ name: `web-${group?.id}-0`, namespace: 'edge', uid: 'u1', resourceVersion: '7' },
      labels: labelsFor('slice', 'web', comparison),
      annotations: { 'rollcall/digest': wanted },
    },
    ...fields,
    endpoints: [{ ...endpoint, ...endpointMore }],
  } as KubeObject;
  keepSlice(view, readObject('slice', slice));
  const looked = desired ? [desired] : [];
  return {
    ...{ namespace: 'edge', looked, view, unwanted: [], recorded: new Set(), isWhole: true },
    settled: new Map<string, string>(),
  };
}

describe('a slice', () => {
  it('as it was written is in step', () => {
    expect(diffServices(observedWith({}), comparison).changes).toEqual([]);
  });

  it('with a field that rollcall does not write is written again', () => {
    expect(diffServices(observedWith({ nodeName: 'n1' }), comparison).changes).toMatchObject([
      { action: 'update', output: `slice/web-${group.id}`, writes: [{ type: 'slice', after: { digest: wanted } }] },
    ]);
  });

  it('that another program changes at each write is not written for ever', () => {
    const observed = observedWith({ nodeName: 'n1' });
    const found = observed.view.slices.get('edge/web')?.get(`web-${group.id}-0`)?.digest ?? '';
    const settled = new Map([['u1', settledDigest(wanted, found)]]);
    expect(diffServices({ ...observed, settled }, comparison).changes).toEqual([]);
    const other = new Map([['u1', settledDigest(wanted, 'another')]]);
    expect(diffServices({ ...observed, settled: other }, comparison).changes).toHaveLength(1);
  });
});

it.each([{ force: true }, { service: 'existing' as const }])(
  'the Service of the API server is never changed: %j',
  (more) => {
    const observed = { ...observedWith({}), namespace: 'default' };
    const how = { ...comparison, options: { ...options, service: 'managed' as const, ...more } };
    expect(conflictOfService({ name: 'kubernetes' }, observed, how)).toMatch(/the API server itself/);
    expect(conflictOfService({ name: 'kubernetes' }, { ...observed, namespace: 'edge' }, how) ?? '').not.toMatch(
      /API server/,
    );
  },
);
