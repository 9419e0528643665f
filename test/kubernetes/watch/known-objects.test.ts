import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kubernetes/resource.js';
import { createKnownObjects } from '../../../src/kubernetes/watch/known-objects.js';
import type { ObjectBatch } from '../../../src/kubernetes/watch/batch.js';
import type { ObjectEvent } from '../../../src/kubernetes/watch/watch.js';

const objectOf = (name: string, resourceVersion: string, uid = name): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'n', uid, resourceVersion },
});

/** A receiver that holds what it was told, as the version of each object. */
function receiver(): {
  sink: Parameters<typeof createKnownObjects>[0];
  content: Map<string, string>;
  batches: ObjectBatch[];
} {
  const content = new Map<string, string>();
  const batches: ObjectBatch[] = [];
  const put = (object: KubeObject): void => {
    content.set(`n/${object.metadata.name}`, `${object.metadata.uid ?? ''}@${object.metadata.resourceVersion ?? ''}`);
  };
  const batch = (delivered: ObjectBatch): void => {
    batches.push(delivered);
    if (delivered.kind === 'sync') {
      content.clear();
      delivered.objects.forEach(put);
      return;
    }
    for (const event of delivered.events) {
      if (event.type === 'put') put(event.object);
      else content.delete(event.key);
    }
  };
  return { sink: { batch, state: () => undefined }, content, batches };
}

it('tells a receiver everything, and repeats a list only when it differs', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const change = fc.record({
    name,
    remove: fc.boolean(),
    anew: fc.boolean(),
    heard: fc.boolean(),
    relist: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const { sink, content, batches } = receiver();
      const known = createKnownObjects(sink);
      const store = new Map<string, KubeObject>();
      let version = 1;
      let missed = false;
      known.replace({ resourceVersion: '1', objects: [] });
      for (const step of changes) {
        version += 1;
        const uid = step.anew ? `uid-${version}` : (store.get(step.name)?.metadata.uid ?? 'first');
        const object = objectOf(step.name, String(version), uid);
        const removes = step.remove && store.has(step.name);
        const event: ObjectEvent = removes
          ? { type: 'delete', key: `n/${step.name}` }
          : { type: 'put', key: `n/${step.name}`, object };
        if (removes) store.delete(step.name);
        else store.set(step.name, object);
        if (step.heard) known.apply([event], String(version));
        else missed = true;
        if (step.relist) {
          known.replace({ resourceVersion: String(version), objects: [...store.values()] });
          if (!missed) expect(batches.at(-1)).toEqual({ kind: 'change', revision: String(version), events: [] });
          missed = false;
        }
        if (!missed)
          expect(content).toEqual(
            new Map(
              [...store].map(([key, { metadata }]) => [
                `n/${key}`,
                `${metadata.uid ?? ''}@${metadata.resourceVersion ?? ''}`,
              ]),
            ),
          );
      }
    }),
  );
});

it('delivers the first list even when it is empty, and forgets only where it was', () => {
  const { sink, batches } = receiver();
  const known = createKnownObjects(sink);
  expect(known.resourceVersion).toBeUndefined();
  known.replace({ resourceVersion: '5', objects: [] });
  expect(batches).toEqual([{ kind: 'sync', revision: '5', objects: [] }]);
  known.advance('6');
  expect(known.resourceVersion).toBe('6');
  known.forget();
  expect(known.resourceVersion).toBeUndefined();
  known.replace({ resourceVersion: '7', objects: [] });
  expect(batches.at(-1)).toEqual({ kind: 'change', revision: '7', events: [] });
});
