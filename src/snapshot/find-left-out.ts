import type { Instance, Service } from '../model/instance.js';
import type { LeftOutInstance, LeftOutRule } from '../model/left-out.js';

const outside = 'outside select';

/**
 * The instances of one service that a target leaves out: those that the view does not have, and those to which a rule applies.
 *
 * @param parts the service in each source, in the order of the sources
 * @param service the service in the view
 */
export function findLeftOut(
  parts: readonly Service[],
  service: Service | undefined,
  rules: readonly LeftOutRule[],
): LeftOutInstance[] {
  const left: LeftOutInstance[] = [];
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && service === undefined)
    for (const instance of only.instances) left.push({ instance, reason: outside });
  else if (parts.length !== 1 || only?.instances !== service?.instances) {
    const kept = new Set(service?.instances);
    const seen = new Set<string>();
    for (const { instances } of parts)
      for (const instance of instances) {
        const endpoint = endpointOf(instance);
        if (!kept.has(instance))
          left.push({
            instance,
            reason: seen.has(endpoint) ? 'same address and port in an earlier source' : outside,
          });
        if (parts.length > 1) seen.add(endpoint);
      }
  }
  if (rules.length > 0)
    for (const instance of service?.instances ?? []) {
      const rule = rules.find(({ has }) => has(instance));
      if (rule !== undefined) left.push({ instance, reason: rule.reason });
    }
  return left;
}

/**
 * Adds up the numbers of `findLeftOut`, by reason. A service that a target does not select at all costs nothing for each of its instances: with many
 * targets, most services are such.
 */
export function countLeftOut(
  parts: readonly Service[],
  service: Service | undefined,
  rules: readonly LeftOutRule[],
  add: (reason: string, number: number) => void,
): void {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && service === undefined) {
    if (only.instances.length > 0) add(outside, only.instances.length);
    return;
  }
  for (const { reason } of findLeftOut(parts, service, rules)) add(reason, 1);
}

function endpointOf({ host, port }: Instance): string {
  return `${host}:${port}`;
}
