import type { Instance, Service } from '../model/instance.js';
import type { LeftOutInstance, LeftOutRule } from '../model/left-out.js';

export const outside = 'outside select';

/**
 * All instances of a service that only one source has and that is not in the view: each of them is `outside`, and no rule applies to any.
 * Undefined: `findLeftOut` tells.
 */
export function allOutside(parts: readonly Service[], service: Service | undefined): readonly Instance[] | undefined {
  return parts.length === 1 && service === undefined ? parts[0]?.instances : undefined;
}

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
  const all = allOutside(parts, service);
  if (all) for (const instance of all) left.push({ instance, reason: outside });
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

function endpointOf({ host, port }: Instance): string {
  return `${host}:${port}`;
}
