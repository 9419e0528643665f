/** One series of the text format of Prometheus. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The series of a scrape, and the types of the metrics. A parser of its own, so that it does not share a fault with the writer. */
export function readExposition(text: string): {
  readonly series: readonly Series[];
  readonly types: Map<string, string>;
} {
  const series: Series[] = [];
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, typed, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (typed !== undefined && type !== undefined) types.set(typed, type);
    if (line === '' || line.startsWith('#')) continue;
    const [, name, inBraces = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`not a line of a scrape: ${line}`);
    const labels = [...inBraces.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)];
    series.push({
      name,
      labels: Object.fromEntries(labels.map(([, label = '', text = '']) => [label, text])),
      value: value === '+Inf' ? Infinity : Number(value),
    });
  }
  return { series, types };
}

/** The value of the only series of this name with these labels. Undefined: there is none. */
export function valueOf(
  { series }: ReturnType<typeof readExposition>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = series.filter(
    (one) => one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  );
  if (found.length > 1) throw new Error(`several series of ${name} have ${JSON.stringify(labels)}`);
  return found[0]?.value;
}
