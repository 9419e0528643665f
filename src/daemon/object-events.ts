import { hostname } from 'node:os';
import type { Outcome } from '../controller/managed-target.js';
import type { Hold } from '../guard/hold.js';
import type { ClusterAccess } from '../kubernetes/access.js';
import type { ClusterEvent } from '../kubernetes/events/event.js';
import type { EventRecorder } from '../kubernetes/events/recorder.js';
import { messageOf } from '../model/errors.js';
import type { OutputObject } from '../ports/output.js';
import type { Runtime } from '../ports/runtime.js';
import type { Target } from '../ports/target.js';

/** Tells on the objects of a cluster what has happened to the outputs in them. */
export interface ObjectEvents {
  /** Takes the next outcome of a target. It returns at once and never throws. */
  record(name: string, target: Pick<Target, 'objects'>, outcome: Outcome): void;
  close(): Promise<void>;
}

export interface ObjectEventsDeps {
  readonly runtime: Pick<Runtime, 'clock' | 'log'>;
  /** The cluster of the config in force. Undefined: `kubernetes.events` is off. */
  readonly cluster: () => ClusterAccess | undefined;
}

/** The code of the recorder is loaded with the first event. */
export function createObjectEvents({ runtime, cluster }: ObjectEventsDeps): ObjectEvents {
  let recorder: Promise<EventRecorder> | undefined;

  async function load(): Promise<EventRecorder> {
    const { createEventRecorder } = await import('../kubernetes/events/recorder.js');
    return createEventRecorder({
      ...runtime,
      instance: hostname(),
      connect() {
        const access = cluster();
        return access ? access.connect() : Promise.reject(new Error('events have been switched off'));
      },
    });
  }

  return {
    record(name, target, outcome) {
      if (!target.objects || cluster() === undefined) return;
      const events = eventsOf(name, target.objects(), outcome);
      if (events.length === 0) return;
      recorder ??= load();
      recorder.then(
        (loaded) => {
          for (const event of events) loaded.record(event);
        },
        () => undefined,
      );
    },
    async close() {
      await (await recorder?.catch(() => undefined))?.close();
    },
  };
}

type Objects = ReturnType<NonNullable<Target['objects']>>;

/**
 * The events of one outcome: on each object that was written; of a hold, on the object of the service, or on the one object of the target;
 * of a failure, on the first object of the target.
 */
export function eventsOf(name: string, { known, written }: Objects, outcome: Outcome): ClusterEvent[] {
  const { result, changed, error, guard, isRepeated } = outcome;
  const [first] = known;
  const events: ClusterEvent[] = [];
  const add = (object: OutputObject, more: Omit<ClusterEvent, 'regarding'>): void => {
    const { apiVersion, kind, namespace, name: objectName, uid } = object;
    events.push({ regarding: { apiVersion, kind, namespace, name: objectName, uid }, ...more });
  };
  if (changed.created + changed.updated + changed.deleted > 0 && result !== 'refused')
    for (const object of written)
      add(object, {
        type: 'Normal',
        reason: 'Applied',
        action: 'Apply',
        note: `Target ${name} has written this object.`,
      });
  const began = guard?.began ?? [];
  for (const object of known) {
    const holds = began.filter((hold) => object.service === undefined || object.service === serviceOf(hold));
    if (holds.length > 0)
      add(object, { type: 'Warning', reason: 'Held', action: 'Hold', note: describeHolds(name, holds) });
  }
  if ((result === 'failed' || result === 'refused') && error && isRepeated !== true && first)
    add(first, {
      ...{ type: 'Warning', reason: result === 'failed' ? 'Failed' : 'Refused', action: 'Apply' },
      note: `Target ${name}: ${messageOf(error)}`,
    });
  return events;
}

const serviceOf = (hold: Hold): string | undefined => (hold.kind === 'instance' ? hold.instance.service : undefined);

function describeHolds(name: string, holds: readonly Hold[]): string {
  const shown = holds
    .slice(0, 3)
    .map((hold) =>
      hold.kind === 'pair'
        ? hold.pair.key
        : `${hold.instance.service} ${hold.instance.host}:${hold.instance.port} (${hold.rule})`,
    );
  const rest = holds.length > shown.length ? ` and ${holds.length - shown.length} more` : '';
  return `Target ${name} keeps what has left etcd: ${shown.join(', ')}${rest}.`;
}
