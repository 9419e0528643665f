// The records of a run, as text and sorted out. Pure.

/** One record a line, so that a new run shows in a diff what it has changed. */
export function serialize(records) {
  const rounded = (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value);
  return `[\n${records.map((record) => `  ${JSON.stringify(record, rounded)}`).join(',\n')}\n]\n`;
}

/** The groups of records with the same `key(record)`, in the order of their first records. */
export function groupBy(records, key) {
  const groups = new Map();
  for (const record of records) {
    const name = key(record);
    groups.set(name, [...(groups.get(name) ?? []), record]);
  }
  return groups;
}

export const ofPart = (records, part) => records.filter((record) => record.part === part);

/** 5000 as `5,000`. */
export const count = (number) => number.toLocaleString('en-US');
