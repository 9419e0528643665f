import { expect, it } from 'vitest';
import type { Outcome } from '../../src/controller/managed-target.js';
import { eventsOf } from '../../src/daemon/object-events.js';
import type { Hold } from '../../src/guard/hold.js';
import { RollcallError } from '../../src/model/errors.js';
import { instance } from '../model/instances.js';

const outcome = (more: Partial<Outcome>): Outcome => ({
  ...{ result: 'in-step', caveats: [], quarantined: [], revision: 'services=7' },
  changed: { created: 0, updated: 0, deleted: 0, bytes: 0 },
  ...more,
});
const object = (name: string, service?: string) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'edge', name, uid: `uid-${name}` },
  ...(service !== undefined && { service }),
});
const hold = (service: string, port: number): Hold => ({
  ...{ kind: 'instance', cause: 'left', rule: 'service-share', since: 0, deadline: 1 },
  instance: instance({ service, port, address: '192.0.2.1', host: '192.0.2.1' }),
});
const guardOf = (...began: Hold[]) => ({ guard: { holds: began, began, ended: [] } });
const shown = (...[objects, given]: [Parameters<typeof eventsOf>[1], Outcome]): string[] =>
  eventsOf('nginx', objects, given).map(({ reason, regarding, note }) => `${reason} ${regarding.name}: ${note}`);

it('tells of a change on the objects that were written only', () => {
  const [a, b] = [object('a', 'a'), object('b', 'b')];
  const changed = { created: 0, updated: 1, deleted: 0, bytes: 3 };
  expect(shown({ known: [a, b], written: [b] }, outcome({ result: 'changed', changed }))).toEqual([
    'Applied b: Target nginx has written this object.',
  ]);
  // A later pass without a change writes nothing, whatever was written before.
  expect(shown({ known: [a, b], written: [b] }, outcome({ result: 'in-step' }))).toEqual([]);
});

it('tells of a hold on the object of its service, or on the one object of the target', () => {
  const guard = guardOf(hold('a', 1), hold('a', 2), hold('a', 3), hold('a', 4), hold('c', 5));
  expect(shown({ known: [object('a', 'a'), object('b', 'b')], written: [] }, outcome(guard))).toEqual([
    'Held a: Target nginx keeps what has left etcd: a 192.0.2.1:1 (service-share), a 192.0.2.1:2 (service-share), a 192.0.2.1:3 (service-share) and 1 more.',
  ]);
  expect(shown({ known: [object('all')], written: [] }, outcome(guardOf(hold('c', 5))))).toEqual([
    'Held all: Target nginx keeps what has left etcd: c 192.0.2.1:5 (service-share).',
  ]);
});

it('tells of a failure once, on the first object, and of none without objects', () => {
  const error = new RollcallError('RELOAD_FAILED', 'rollout Deployment nginx: it is stuck');
  const failed = outcome({ result: 'failed', error });
  const known = [object('a'), object('b')];
  expect(shown({ known, written: [] }, failed)).toEqual([
    'Failed a: Target nginx: rollout Deployment nginx: it is stuck',
  ]);
  expect(shown({ known, written: [] }, { ...failed, isRepeated: true })).toEqual([]);
  expect(shown({ known: [], written: [] }, failed)).toEqual([]);
  expect(shown({ known, written: [] }, outcome({ result: 'refused', error }))[0]).toMatch(/^Refused a: /);
});
