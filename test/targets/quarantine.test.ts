import { describe, expect, it } from 'vitest';
import type { View } from '../../src/model/view.js';
import { renderWithoutRejected } from '../../src/targets/quarantine.js';
import { memoryMaker } from '../kinds/memory/maker.js';
import { instance } from '../model/instances.js';

const serviceOf = (name: string, expected: boolean) => ({
  name,
  instances: [instance({ service: name, key: `/services/${name}/1` })],
  expected,
});

const viewOf = (expected: boolean): View => ({
  services: [serviceOf('bad', expected), serviceOf('good', false)],
  ...{ kv: { pairs: [], tree: {} }, vars: {}, env: {}, target: { name: 't' } },
});

const namesIn = ({ services }: View): string[] => services.map(({ name }) => name);
const rejectBad = (view: View) => ({
  made: namesIn(view),
  rejected: view.services.filter(({ name }) => name === 'bad').map(() => ({ service: 'bad', reason: 'no good' })),
});

describe('what an output rejects', () => {
  it('is left out of all outputs of a target, which are made from the rest', () => {
    const templates = [
      { template: { render: (view: View) => ({ text: namesIn(view).join(), rejected: rejectBad(view).rejected }) } },
      { template: { render: () => ({ text: 'each', rejected: [] }) } },
    ];
    const texts = { all: { template: '-' }, each: { template: '-', forEach: 'service' as const } };
    const deps = { templates, journal: { record: { owned: [] } } };
    const reader = memoryMaker.createReader({ store: 'quarantine', texts }, deps as never);
    const desired = reader.desired(viewOf(false));
    expect(desired.quarantined).toEqual([{ service: 'bad', reason: 'no good' }]);
    expect(reader.outputs(desired).map(({ output, text }) => [output, text])).toEqual([
      ['all', 'good'],
      ['each/good', 'each'],
    ]);
  });

  it('is an error when it is an expected service that is rejected even when it is empty', () => {
    expect(() => renderWithoutRejected(viewOf(true), rejectBad)).toThrow('service bad cannot be left out: no good');
  });
});
