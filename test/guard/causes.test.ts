import { describe, expect, it } from 'vitest';
import { createCauses, type CausesInput } from '../../src/guard/causes.js';
import type { Rejection } from '../../src/model/format.js';
import type { Instance } from '../../src/model/instance.js';
import type { Snapshot, SourceSnapshot } from '../../src/model/snapshot.js';
import { instance } from '../model/instances.js';

const list = {};
const web = instance();

function source(over: Partial<SourceSnapshot> = {}): SourceSnapshot {
  return {
    ...{ source: 'services', prefix: '/services/', keys: '<service>/<id>', filters: '', format: 'json' },
    ...{ revision: '1', clusterId: '1', services: new Map(), pairs: [], rejected: [] },
    counts: { keys: 0, ignored: 0, leaseless: 0, filtered: 0 },
    ...over,
  };
}

function causeOf(of: Instance, over: Partial<CausesInput> = {}, ...sources: SourceSnapshot[]) {
  const snapshot: Snapshot = {
    sources: sources.length > 0 ? sources : [source()],
    lists: new Map([['services', list]]),
    stale: false,
  };
  const listsBefore = snapshot.lists;
  return createCauses({ snapshot, sources: ['services'], listsBefore, ...over }).ofInstance(of);
}

const offering = (...instances: Instance[]) =>
  source({ services: new Map([['web', { name: 'web', instances, expected: false }]]) });
const rejecting = (...keys: string[]) =>
  source({
    rejected: keys.map((key): Rejection => ({ source: 'services', key, code: 'not-recognised', reason: 'it is bad' })),
  });

describe('why an instance is missing', () => {
  it('`left`: under the same list, its key is gone', () => {
    expect(causeOf(web)).toBe('left');
  });

  it('`listed`: there is another list, or another process saw it', () => {
    expect(causeOf(web, { listsBefore: new Map([['services', {}]]) })).toBe('listed');
    expect(causeOf(web, { listsBefore: undefined })).toBe('listed');
  });

  it('`rejected`: its key is there', () => {
    expect(causeOf(web, {}, rejecting('/services/web/i-0', '/services/web/i-1', '/services/web/i-2'))).toBe('rejected');
    expect(causeOf(web, {}, rejecting('/services/web/i-0', '/services/web/i-10'))).toBe('left');
  });

  it('`draining`: its last value said so, in the accepted view or after it', () => {
    expect(causeOf(instance({ status: 'draining' }))).toBe('draining');
    expect(causeOf(web, { wasDraining: ({ key }) => key === web.key })).toBe('draining');
  });

  it('`unselected`: etcd has its address and port for this service, and the selection does not', () => {
    const changed = instance({ id: 'other', key: '/services/web/other', tags: ['private'] });
    expect(causeOf(web, {}, offering(changed))).toBe('unselected');
    expect(causeOf(web, {}, offering(instance({ port: 81 })))).toBe('left');
    expect(causeOf(web, { isFiltered: ({ port }) => port === 80 })).toBe('unselected');
  });

  it('`unselected`: the config does not take its source, or leaves it out', () => {
    expect(causeOf(web, { sources: ['others'] })).toBe('unselected');
    expect(causeOf(web, { selects: ({ tags }) => tags.includes('public') })).toBe('unselected');
  });

  it('a source that the target does not use says nothing', () => {
    expect(causeOf(web, {}, source(), { ...offering(web), source: 'others' })).toBe('left');
  });

  it('of a pair: by its source and its key', () => {
    const causes = createCauses({
      snapshot: { sources: [rejecting('/config/b')], lists: new Map([['services', list]]), stale: false },
      ...{ sources: ['services'], listsBefore: new Map([['services', list]]) },
    });
    expect(causes.ofPair('services', '/config/a')).toBe('left');
    expect(causes.ofPair('services', '/config/b')).toBe('rejected');
    expect(causes.ofPair('gone', '/config/a')).toBe('unselected');
  });
});
