/** Why the text is no label of a host name (RFC 1123 section 2.1; RFC 2782 allows a leading `_`), or undefined. */
export function problemOfLabel(label: string): string | undefined {
  if (label === '') return 'is empty';
  if (label.length > 63) return 'is longer than 63 characters';
  if (!/^_?[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)) return 'may have letters, digits and inner hyphens only';
  return undefined;
}

/**
 * Why CoreDNS would not answer only for this name (plugin/backend_lookup.go, plugin/etcd/msg/path.go), or undefined: below
 * `dns` it reads the zone's own servers and address, and `any` in a query matches every label.
 */
export function problemOfMeaning(labels: readonly string[]): string | undefined {
  if (labels.at(-1) === 'dns') return 'CoreDNS reads the zone’s own servers and address below the label dns';
  if (labels.includes('any')) return 'CoreDNS takes the label any for every label';
  return undefined;
}

/** `web.example.com` below `/skydns` is `/skydns/com/example/web`. */
export function keyOfName(prefix: string, name: string): string {
  return [prefix, ...name.split('.').reverse()].join('/');
}
