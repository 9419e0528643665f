// The goals of the benchmark, and whether a run reaches them. Pure.
import { count, groupBy, ofPart } from './records.mjs';
import { compare, summarize } from './statistics.mjs';

/**
 * The goals of the contenders: the figure of rollcall relative to that of `than`, at most `most` times at these sizes. `on` limits a
 * goal to one medium.
 */
const relative = [
  { what: 'put to file p50', key: 'p50Ms', than: 'limit', on: 'tmpfs', most: { 1000: 1.5, 10_000: 1.3, 50_000: 1.3 } },
  { what: 'cold start', key: 'coldMs', than: 'floor', on: 'tmpfs', most: { 10_000: 1.25, 50_000: 1 } },
  { what: 'memory', key: 'rssMb', than: 'floor', on: 'tmpfs', most: { 1000: 1.3, 10_000: 1.2 } },
];
const scale = [
  { what: 'put to file p50', key: 'p50Ms', most: 2 },
  { what: 'CPU per put', key: 'cpuMs', most: 2.5 },
];
const coldOfFiles = { key: 'coldMs', most: 2 };
const stormGoal = { size: 10_000, most: 150 };
const idleGoal = 5;
const resyncGoal = 20;

/** @returns `{ text, unit, value, min, max, most }`; a run that failed has the value Infinity */
function goal(text, unit, figure, most) {
  const { median = Infinity, min = Infinity, max = Infinity } = figure ?? {};
  return { text, unit, value: median, min, max, most };
}

function contenderGoals(records) {
  const groups = groupBy(ofPart(records, 'contenders'), ({ size, medium }) => `${size} ${medium}`);
  return [...groups.values()].flatMap((group) => {
    const [{ size, medium }] = group;
    const of = (name) => group.filter((record) => record.name === name);
    const title = `${count(size)} instances on ${medium}`;
    const ratios = relative
      .filter(({ than, on, most }) => on === medium && most[size] !== undefined && of(than).length > 0)
      .filter(() => of('rollcall').length > 0)
      .map(({ what, key, than, most }) => {
        const [{ title: other }] = of(than);
        return goal(`${title}: ${what} relative to ${other}`, 'x', compare(of('rollcall'), of(than), key), most[size]);
      });
    const stormy = of('rollcall').filter((record) => 'stormMs' in record);
    const isStormSize = size === stormGoal.size && medium === 'tmpfs' && stormy.length > 0;
    const storm = () => goal(`${title}: storm`, ' ms', summarize(stormy.map(({ stormMs }) => stormMs)), stormGoal.most);
    return isStormSize ? [...ratios, storm()] : ratios;
  });
}

function scaleGoals(records, part, unit) {
  return [...groupBy(ofPart(records, part), ({ size }) => size)].flatMap(([size, group]) => {
    const of = (name) => group.filter((record) => record.name === name);
    const title = `${count(size)} ${unit}`;
    const ratios = scale.map(({ what, key, most }) =>
      goal(`${title}: ${what} relative to one`, 'x', compare(of('all'), of('one'), key), most),
    );
    if (of('bare').length === 0) return ratios;
    const cold = compare(of('all'), of('bare'), coldOfFiles.key);
    return [...ratios, goal(`${title}: cold start relative to bare Node's writes`, 'x', cold, coldOfFiles.most)];
  });
}

function idleGoals(records) {
  const [idle, during, between] = ['idle', 'during', 'between'].map((name) =>
    ofPart(records, 'idle').find((record) => record.name === name),
  );
  if (!idle || !during || !between) return [];
  const title = `${count(idle.instances)} instances, ${count(idle.size)} targets`;
  const delay = during.p99Ms === undefined ? undefined : Math.max(0, during.p99Ms - (between.p99Ms ?? 0));
  return [
    goal(`${title}: idle CPU per second`, ' ms', summarize([idle.cpuMsPerSecond]), idleGoal),
    goal(`${title}: delay by a resync at p99`, ' ms', summarize([delay]), resyncGoal),
  ];
}

/** All goals for which the records have figures. */
export function goalsOf(records) {
  return [
    ...contenderGoals(records),
    ...scaleGoals(records, 'fan-out', 'files'),
    ...scaleGoals(records, 'targets', 'targets'),
    ...idleGoals(records),
  ];
}

export const isMet = ({ value, most }) => value <= most;

/** The figure with its spread, such as `1.32x (1.20x to 1.41x)`. */
export function figureOf({ unit, value, min, max }) {
  const show = (number) => `${number.toFixed(unit === 'x' ? 2 : 1)}${unit}`;
  if (!Number.isFinite(value)) return 'no figure';
  return min === max ? show(value) : `${show(value)} (${show(min)} to ${show(max)})`;
}

export function sentenceOf(goal) {
  const { text, unit, most } = goal;
  return `${isMet(goal) ? 'met    ' : 'NOT MET'}  ${text}: ${figureOf(goal)}, at most ${most}${unit}`;
}
