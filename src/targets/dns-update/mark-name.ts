const label = '_rollcall';

/** Characters that the name of a mark has more than the name that it is for. */
export const markLength = label.length + 1;

/** The name of the record that says who owns the records of a name. It is another name, because an alias has no other records. */
export function markNameOf(name: string): string {
  return `${label}.${name}`;
}

/** The name that the mark is for; undefined when this is no name of a mark. */
export function nameOfMark(name: string): string | undefined {
  return name.startsWith(`${label}.`) ? name.slice(markLength) : undefined;
}
