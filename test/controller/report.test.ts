import { describe, expect, it } from 'vitest';
import { describeChange, describeKeys } from '../../src/controller/describe-change.js';
import type { Outcome } from '../../src/controller/managed-target.js';
import { createReporter } from '../../src/controller/report.js';
import { RollcallError } from '../../src/model/errors.js';
import type { Instance, Service } from '../../src/model/instance.js';
import type { View } from '../../src/model/view.js';
import { createLeftOut, nothingSelected } from '../../src/snapshot/left-out.js';
import { instance } from '../model/instances.js';
import { viewOf } from '../support/board.js';
import { memoryLog } from '../support/log.js';

const service = (name: string, ...instances: Instance[]): Service => ({ name, instances, expected: false });
const web = (last: number, over: Partial<Instance> = {}) =>
  instance({ id: `w${last}`, address: `10.0.0.${last}`, host: `10.0.0.${last}`, port: 8080, ...over });
const view = (services: Service[], pairs: Record<string, string> = {}): View => ({
  ...viewOf(),
  services,
  kv: { pairs: Object.entries(pairs).map(([key, value]) => ({ key, value })), tree: {} },
});

describe('the fields of a change', () => {
  it('name the instances that came, went and changed', () => {
    const stays = service('api', web(9, { service: 'api' }));
    const before = view([stays, service('web', web(1), web(2), web(3), web(4))]);
    const moved = web(2, { address: '10.0.0.77', host: '10.0.0.77' });
    const after = view([stays, service('web', web(3, { weight: 5, status: 'draining' }), web(4), web(5), moved)]);
    expect(describeChange({ before, after })).toEqual({
      came: ['web/w5 10.0.0.5:8080'],
      went: ['web/w1 10.0.0.1:8080'],
      changed: ['web/w3 10.0.0.3:8080 (weight, status)', 'web/w2 10.0.0.77:8080, before 10.0.0.2:8080'],
    });
  });

  it('hold at most 20 names of a list, each of bounded length', () => {
    const many = Array.from({ length: 1000 }, (_, n) => web(n, { id: 'x'.repeat(5000) }));
    const { came = [], ...others } = describeChange({ before: view([]), after: view([service('web', ...many)]) });
    expect([came.length, came.at(-1), others]).toEqual([21, 'and 980 more', {}]);
    expect(JSON.stringify(came).length).toBeLessThan(6000);
  });

  it('are totals for the first view of a process', () => {
    const after = view([service('api', web(1)), service('web', web(1), web(2))], { '/a': '1' });
    expect(describeChange({ before: undefined, after })).toEqual({ services: 2, instances: 3, pairs: 1 });
    expect(describeKeys({ before: undefined, after })).toBeUndefined();
  });

  it('count raw keys, and never hold a name or a value of them', () => {
    const [before, after] = [view([], { '/a': 'one', '/b': 'two' }), view([], { '/a': 'canary', '/c': 'three' })];
    expect(describeChange({ before, after })).toEqual({ changedPairs: { came: 1, went: 1, changed: 1 } });
    expect(describeKeys({ before, after })).toEqual({ came: ['/c'], went: ['/b'], changed: ['/a'] });
  });

  it('are none when the outputs differ for another reason than the view', () => {
    const same = view([service('web', web(1))]);
    expect(describeChange({ before: same, after: same })).toEqual({});
  });
});

describe('the reports of a target', () => {
  const nothing = { created: 0, updated: 0, deleted: 0, bytes: 0 };
  const outcome = (over: Partial<Outcome>): Outcome => ({
    ...{ result: 'in-step', changed: nothing, caveats: [], quarantined: [], revision: 'services=1' },
    ...over,
  });
  const full = new RollcallError('OUTPUT_UNWRITABLE', 'cannot write: ENOSPC: no space left on device, write');

  function start() {
    const log = memoryLog();
    const time = { now: 0 };
    const { report, expectNews } = createReporter(log, { now: () => time.now });
    return { report, expectNews, time, log, seen: () => log.lines.filter(({ level }) => level !== 'debug') };
  }

  it('repeat a failure with growing gaps, and say when it is over and how long it was', () => {
    const { report, time, seen } = start();
    for (; time.now < 600_000; time.now += 3000) report(outcome({ result: 'failed', error: full }), undefined);
    expect(seen().map(({ message }) => message)).toEqual(Array.from({ length: 4 }, () => 'failed'));
    expect(seen().at(-1)?.fields).toMatchObject({ failures: 141, outageMs: 420_000, code: 'OUTPUT_UNWRITABLE' });
    report(outcome({ result: 'waiting', reason: 'not listed yet: services' }), undefined);
    report(outcome({ result: 'throttled' }), undefined);
    expect(seen().at(-1)?.message).toBe('reload pending');
    report(outcome({ result: 'reloaded', reloadedAt: 1 }), undefined);
    expect(seen().at(-1)).toMatchObject({
      level: 'info',
      message: 'works again after 10m',
      fields: { failures: 200, outageMs: 600_000 },
    });
    const { length } = seen();
    report(outcome({}), undefined);
    expect(seen()).toHaveLength(length);
  });

  it('repeat a failure at once after an operator has asked for another attempt', () => {
    const { report, expectNews, seen } = start();
    for (const asks of [false, false, true, false]) {
      if (asks) expectNews();
      report(outcome({ result: 'failed', error: full }), undefined);
    }
    expect(seen().map(({ fields }) => fields.failures)).toEqual([undefined, 3]);
  });

  it('name every applied change, also while its reload fails as before', () => {
    const { report, seen } = start();
    const error = new RollcallError('RELOAD_FAILED', 'Reload: command `false` exited with 1');
    for (const last of [1, 2, 3]) {
      const views = { before: view([]), after: view([service('web', web(last))]) };
      const changed = { ...nothing, updated: 1 };
      report(outcome({ result: 'failed', error, views, changed, swappedAt: 1 }), undefined);
    }
    expect(seen().map(({ message, fields }) => [message, fields.came])).toEqual([
      ['failed', ['web/w1 10.0.0.1:8080']],
      ['outputs changed, reload pending', ['web/w2 10.0.0.2:8080']],
      ['outputs changed, reload pending', ['web/w3 10.0.0.3:8080']],
    ]);
  });

  it('say what is left out when a number changes, and name it at debug', () => {
    const { report, seen, log } = start();
    let selected = nothingSelected;
    const leftOut = createLeftOut(() => selected, [{ reason: 'critical', has: () => true }]);
    const select = (...ids: number[]): void => {
      const services = ids.length === 0 ? [] : [service('web', ...ids.map((id) => web(id)))];
      selected = { sources: [{ source: 'a', services: new Map(services.map((one) => [one.name, one])) }], services };
    };
    const pass = (...ids: number[]): void => {
      select(...ids);
      report(outcome({}), undefined, leftOut);
    };
    select(1);
    report(outcome({ result: 'waiting', reason: 'not listed yet: b' }), undefined, leftOut);
    pass(1);
    pass(1);
    pass(1, 2);
    pass(1, 3);
    pass();
    pass();
    expect(seen().map(({ message, fields }) => [message, fields.leftOut])).toEqual([
      ['waiting', undefined],
      ['left out: 1 critical', { critical: 1 }],
      ['left out: 2 critical', { critical: 2 }],
      ['no instance is left out now', {}],
    ]);
    const named = log.lines.filter(({ message }) => message === 'newly left out').map(({ fields }) => fields.instances);
    expect(named).toEqual([1, 2, 3].map((n) => [`web/w${n} 10.0.0.${n}:8080: critical`]));
  });

  it('say only once that a reload is pending', () => {
    const { report, seen } = start();
    for (let n = 0; n < 10; n += 1) report(outcome({ result: 'throttled' }), undefined);
    expect(seen()).toHaveLength(1);
  });
});
