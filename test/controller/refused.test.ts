import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Quarantine } from '../../src/model/view.js';
import { minutes, start } from './world.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const refusal: Quarantine = { service: 'bad', reason: 'no room for this one' };

/** A target that writes all services but `bad`, as long as `isFull`. */
function startFull() {
  const world = start();
  const { board } = world;
  const state = { isFull: true, left: [] as Quarantine[] };
  const apply = board.apply.bind(board);
  board.leftAlone = () => state.left;
  board.diff = ({ text }, seen) =>
    text
      .split(' ')
      .filter((name) => name !== '' && !seen.split(' ').includes(name))
      .map((name) => ({ action: 'create', output: name, bytes: name.length }));
  board.apply = async (changes, context) => {
    const refused = state.isFull ? changes.filter(({ output }) => output === 'bad') : [];
    state.left = refused.length > 0 ? [refusal] : [];
    const made = changes.filter((change) => !refused.includes(change));
    const output = [board.text, ...made.map((change) => change.output)].filter((name) => name !== '').join(' ');
    const applied = await apply([{ action: 'update', output, bytes: 0 }], context);
    return { ...applied, refused: refused.map((change) => change.output) };
  };
  return { ...world, state };
}

const quarantined = ({ controller }: ReturnType<typeof start>) => controller.outcomes.get('nginx')?.quarantined;

describe('a target of which some outputs are refused', () => {
  it('counts only those that were made, and tells the reason', async () => {
    const world = startFull();
    await world.list({ '/services/bad/1': '192.0.2.1:80', '/services/web/1': '192.0.2.1:80' });
    expect(world.board.text).toBe('web');
    expect(world.controller.outcomes.get('nginx')).toMatchObject({ result: 'changed', changed: { created: 1 } });
    expect(quarantined(world)).toEqual([refusal]);
    expect(world.warnings('quarantined')).toHaveLength(1);
    await world.end();
  });

  it('tries them again with growing pauses, before the next resync, until they are made', async () => {
    const world = startFull();
    await world.list({ '/services/bad/1': '192.0.2.1:80' });
    expect([world.board.applies, world.result()]).toEqual([1, 'in-step']);
    await minutes(0.1);
    const { applies } = world.board;
    expect(applies).toBeGreaterThan(1);
    expect(applies).toBeLessThan(10);
    expect(quarantined(world)).toEqual([refusal]);
    world.state.isFull = false;
    await minutes(0.9);
    expect(world.board.text).toBe('bad');
    expect(quarantined(world)).toEqual([]);
    await minutes(0.1);
    const after = world.board.observes;
    await minutes(0.2);
    expect(world.board.observes).toBe(after);
    await world.end();
  });
});
