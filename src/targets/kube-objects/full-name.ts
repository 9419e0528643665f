/** One object of one namespace, as a key: `edge/upstreams`. */
export function fullName({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** Namespace and name of a full name. */
export function splitName(name: string): { readonly namespace: string; readonly name: string } {
  const at = name.indexOf('/');
  return { namespace: name.slice(0, at), name: name.slice(at + 1) };
}
