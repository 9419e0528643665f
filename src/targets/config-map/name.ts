/** Why the text is not the name of a ConfigMap or Secret (RFC 1123: a DNS subdomain), or undefined. */
export function problemOfName(name: string): string | undefined {
  if (name.length > 253) return 'is longer than 253 characters';
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)) return undefined;
  return 'is not a name of Kubernetes: lower-case letters, digits, dots and inner hyphens only';
}
