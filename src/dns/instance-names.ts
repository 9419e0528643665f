import type { Instance } from '../model/instance.js';
import { compareText } from '../model/order.js';
import { distinctLabel, labelFor } from './labels.js';

export interface InstanceLabels {
  readonly labels: ReadonlyMap<Instance, string>;
  /** For each instance that has not the label of its id: the label that it wanted, and the instance that has it. */
  readonly collisions: readonly { readonly instance: Instance; readonly label: string; readonly holder: Instance }[];
}

/**
 * A label for each instance of a service. It is made from the id, or from the address if there is no id.
 *
 * The addresses of one registration with the same port and weight share a label, so an instance with an IPv4 and an IPv6 address is one
 * target with both. All other instances have labels of their own: an SRV record leads to the port of exactly its instance. When two
 * registrations want the same label, the one with this very id has it, else the one with the first key; the other one's label gets a hash of
 * its key, address and port.
 *
 * @param most characters of a label
 */
export function labelInstances(instances: readonly Instance[], most: number): InstanceLabels {
  const wanted = new Map<string, Instance[]>();
  for (const instance of instances) {
    const label = labelFor(textOf(instance), most);
    wanted.set(label, [...(wanted.get(label) ?? []), instance]);
  }
  const labels = new Map<Instance, string>();
  const collisions: InstanceLabels['collisions'][number][] = [];
  for (const [label, claimants] of wanted) {
    const [holder] = claimants.length === 1 ? claimants : [...claimants].sort((a, b) => compareClaims(a, b, label));
    if (!holder) continue;
    for (const instance of claimants) {
      const { key, address, port } = instance;
      if (instance === holder || isSameTarget(instance, holder)) {
        labels.set(instance, label);
        continue;
      }
      labels.set(instance, distinctLabel(textOf(instance), JSON.stringify([key, address, port]), most));
      if (key !== holder.key) collisions.push({ instance, label, holder });
    }
  }
  return { labels, collisions };
}

function textOf({ id, address }: Instance): string {
  return id === '' ? address : id;
}

function isSameTarget(a: Instance, b: Instance): boolean {
  return a.key === b.key && a.port === b.port && a.weight === b.weight && a.family !== 'name' && b.family !== 'name';
}

function compareClaims(a: Instance, b: Instance, label: string): number {
  return (
    Number(b.id === label) - Number(a.id === label) ||
    compareText(a.key, b.key) ||
    a.port - b.port ||
    compareText(a.address, b.address) ||
    a.weight - b.weight
  );
}
