import { z } from 'zod';
import type { Service } from '../model/instance.js';
import type { WithheldServices } from '../ports/journal.js';
import type { Log } from '../ports/runtime.js';
import { createSerialQueue } from './serial-queue.js';
import { compactInstance } from './snapshot-text.js';
import { instance, reviveInstance } from './snapshot.js';
import type { StateDirectory } from './state-directory.js';
import { createStateFile } from './state-file.js';

const accepted = z.object({
  expected: z.boolean(),
  instances: z.array(z.object({ source: z.string(), instance })),
});

/** What the view of a target has that etcd has not. Other reasons than a check that refuses would be fields of their own. */
const body = z.object({ withheld: z.array(z.object({ name: z.string(), accepted: accepted.nullable() })) });

type Services = WithheldServices['services'];

/** The withheld services of one target, in a file that exists only while there are some. */
export function createWithheldServices(directory: StateDirectory, name: string, log: Log): WithheldServices {
  const file = createStateFile<Services>({
    ...{ kind: 'view', version: 1, directory, name, log },
    revive: (found) => new Map(body.parse(found).withheld.map((each) => [each.name, revive(each)])),
    parts: (services) => [JSON.stringify({ withheld: [...services].map(compact) })],
    loss: 'while the check refuses a service, the whole change is refused, until the outputs are in step once',
  });
  let current: Services = file.load() ?? new Map();
  const enqueue = createSerialQueue();
  return {
    get services() {
      return current;
    },
    save: (services) =>
      enqueue(async () => {
        await (services.size === 0 ? file.remove() : file.save(services));
        current = services;
      }),
  };
}

function revive({ name, accepted: found }: z.infer<typeof body>['withheld'][number]): Service | undefined {
  if (!found) return undefined;
  const instances = found.instances.map((each) => reviveInstance(each.instance, name, each.source));
  return Object.freeze({ name, instances: Object.freeze(instances), expected: found.expected });
}

function compact([name, service]: readonly [string, Service | undefined]): object {
  if (!service) return { name, accepted: null };
  const instances = service.instances.map((each) => ({ source: each.source, instance: compactInstance(each) }));
  return { name, accepted: { expected: service.expected, instances } };
}
