import { createHash } from 'node:crypto';
import type { Service } from '../../model/instance.js';
import { compareText } from '../../model/order.js';
import type { View } from '../../model/view.js';
import type { Desired } from '../../ports/target.js';
import type { DesiredService, MadeService } from './desired-service.js';
import { makeService, type ServiceOptions } from './make-service.js';

export interface DesiredServices extends Desired {
  /** Sorted by name. A service that is as before is the same object. */
  readonly services: readonly DesiredService[];
}

/**
 * Makes the desired Services of one target, view by view. Two services never have the same name, because a name is used as it is: `Web` is
 * no name of a Service, so it cannot take the one of `web`.
 */
export function createDesiredServices(options: ServiceOptions): (view: View) => DesiredServices {
  let known = new Map<string, { readonly service: Service; readonly made: MadeService }>();
  return ({ services }) => {
    const next: typeof known = new Map();
    for (const service of services) {
      const last = known.get(service.name);
      next.set(
        service.name,
        last?.service === service ? last : { service, made: makeService(service, options, last?.made.desired) },
      );
    }
    known = next;
    const made = [...next.values()].map((each) => each.made);
    return {
      services: made.flatMap(({ desired }) => desired ?? []).sort((a, b) => compareText(a.name, b.name)),
      quarantined: made.flatMap(({ quarantined }) => quarantined),
    };
  };
}

/** Hex SHA-256 over the names and texts of Services and slices. */
export function digestServices({ services }: DesiredServices): string {
  const hash = createHash('sha256');
  for (const { name, text, groups } of services) {
    hash.update(JSON.stringify([name, text]));
    for (const group of groups) hash.update(JSON.stringify([group.id, group.text]));
  }
  return hash.digest('hex');
}
