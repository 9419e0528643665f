// Scales and ticks of a chart. Pure.

/** A round step that divides 0 to `most` into at most `ticks` parts: 1, 2 or 5 times a power of ten. */
function stepFor(most, ticks) {
  const raw = most / ticks;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 5].find((factor) => factor * power >= raw * (1 - 1e-9)) ?? 10);
}

/** Ticks from 0 to at least the greatest value; up to 1 when all values are so small that they are nothing. */
export function ticksUpTo(greatest, ticks = 4) {
  const top = greatest < 0.001 ? 1 : greatest;
  const step = stepFor(top, ticks);
  const parts = Math.max(1, Math.ceil(top / step - 1e-9));
  return Array.from({ length: parts + 1 }, (_, at) => Number((at * step).toPrecision(6)));
}

/** From 0 to `most` onto `from` to `to`. */
export const linear = (most, from, to) => (value) => from + (value / most) * (to - from);

/** From `least` to `greatest`, both above 0, onto `from` to `to`, by logarithm; a single value stands in the middle. */
export function logarithmic(least, greatest, from, to) {
  const width = Math.log(greatest / least);
  return (value) => (width === 0 ? (from + to) / 2 : from + (Math.log(value / least) / width) * (to - from));
}

/** 5000 as `5k`, so that neighbours on a small axis do not touch. */
export function short(number) {
  return number >= 1000 ? `${Number((number / 1000).toPrecision(3))}k` : String(Number(number.toPrecision(3)));
}
