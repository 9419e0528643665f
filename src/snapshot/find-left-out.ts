import type { Instance, Service } from '../model/instance.js';
import type { LeftOutInstance, LeftOutRule } from '../model/left-out.js';

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
  if (parts.length !== 1 || parts[0]?.instances !== service?.instances) {
    const kept = new Set(service?.instances);
    const seen = new Set<string>();
    for (const { instances } of parts)
      for (const instance of instances) {
        const endpoint = endpointOf(instance);
        if (!kept.has(instance))
          left.push({
            instance,
            reason: seen.has(endpoint) ? 'same address and port in an earlier source' : 'outside select',
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
