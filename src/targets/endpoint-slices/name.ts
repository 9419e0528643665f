/** Why the text is not the name of a Service (RFC 1035 label), or undefined. */
export function problemOfServiceName(name: string): string | undefined {
  if (name.length > 63) return 'is longer than 63 characters';
  if (/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) return undefined;
  return 'is not the name of a Service: lower-case letters, digits and inner hyphens only, a letter first';
}

/** The name in rollcall of the service that has this Service. */
export function registeredName(
  name: string,
  { prefix, suffix }: { readonly prefix: string; readonly suffix: string },
): string {
  const isMade = name.length > prefix.length + suffix.length && name.startsWith(prefix) && name.endsWith(suffix);
  return isMade ? name.slice(prefix.length, name.length - suffix.length) : name;
}

/** The name of a slice: Service, group and number. */
export function sliceName(service: string, group: string, index: number): string {
  return `${service}-${group}-${index}`;
}

/** The parts of a name that `sliceName` has made; undefined for any other. */
export function parseSliceName(
  name: string,
): { readonly service: string; readonly group: string; readonly index: number } | undefined {
  const [, service, group, index] = /^(.+)-([0-9a-f]{8})-(0|[1-9]\d{0,5})$/.exec(name) ?? [];
  if (service === undefined || group === undefined || problemOfServiceName(service) !== undefined) return undefined;
  return { service, group, index: Number(index) };
}

/** The name of all slices of one group together, as an output. */
export function groupName(service: string, group: string): string {
  return `${service}-${group}`;
}
