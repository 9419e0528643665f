import type { WrittenObject } from '../../kubernetes/client.js';
import { RollcallError } from '../../model/errors.js';
import { KubeError } from '../../kubernetes/failure.js';
import { noVersion, type ObjectStore } from '../kube-objects/fence.js';
import { revisionAnnotation } from '../kube-objects/marks.js';
import { findWritten } from '../kube-objects/lost-answer.js';
import { annotationsWith, labelsWith } from '../kube-objects/metadata.js';
import { isOurs, type Marks } from '../kube-objects/ownership.js';
import type { DesiredEntry, ObjectSpec } from './desired-object.js';
import { keysOf, type ObjectWrite } from './diff.js';
import type { ObjectKind } from './object-kind.js';
import { digestOfKeys, readObserved, type ObservedObject } from './observed.js';
import { foreignKeys, lastEditor } from './ownership.js';

export interface WriteDeps {
  readonly kind: ObjectKind;
  readonly kube: ObjectStore;
  readonly spec: ObjectSpec;
  readonly marks: Marks;
  /** An election decides who writes: a write is for the version of the object that was seen, so that a late one fails. */
  readonly isFenced: boolean;
  /** Called when the write takes back keys that another program has edited meanwhile. `editor`: undefined when it is not known. */
  readonly onEdited: (write: ObjectWrite, editor: string | undefined) => void;
}

/** A write races with other programs. After so many races in a row, the next pass tries again. */
const ATTEMPTS = 5;

/**
 * Makes one write.
 *
 * A write is for the object that was seen: if that was replaced meanwhile, or another program has edited one of its keys, the object is
 * read again. Edits are taken back; keys that another program applies, and objects that are not the target's own, are not touched.
 *
 * @param revision the revisions of the sources, for an annotation
 * @returns the object after the write; undefined when there is none
 * @throws KubeError `KUBE_CONFLICT` when another program applies a key of the object; RollcallError `OUTPUT_RACED` when it has replaced the
 * object; and what the client throws
 */
export async function writeObject(
  write: ObjectWrite,
  revision: string,
  deps: WriteDeps,
): Promise<ObservedObject | undefined> {
  const { kind, kube, spec, marks } = deps;
  const { namespace, name, after } = write;
  const look = async (signal?: AbortSignal): Promise<ObservedObject | undefined> => {
    const found = await kube.get(kind.resource, { namespace, name }, signal);
    return found && readObserved(kind, found);
  };
  const keys = new Set(after?.entries.map(({ key }) => key));
  let { before } = write;
  // Fields of an object that we take over, or whose drift was seen, belong to others.
  let force = before !== undefined && (spec.force || mustTakeBack(write, deps));
  for (let attempt = 1; ; attempt++) {
    try {
      if (!after) return await removeObject({ ...write, before }, deps);
      const object = writtenObject({ ...write, before }, revision, deps);
      return readObserved(kind, await kube.apply(kind.resource, object, { force }));
    } catch (error) {
      if (!(error instanceof KubeError) || attempt === ATTEMPTS) throw error;
      const version = before?.resourceVersion;
      const isDone = (there: ObservedObject): boolean =>
        digestOfKeys(there, keys) === after?.digest && there.resourceVersion !== version && isOurs(there, marks, false);
      const done = await findWritten(error, look, isDone);
      if (done) return done;
      // An apply with the uid of another object is invalid.
      const isOther = error.traits.status === 422 && before !== undefined;
      if (error.code !== 'KUBE_CONFLICT' && !isOther) throw error;
      const { uid } = before ?? {};
      before = await look();
      if (isOther && before?.uid === uid) throw error;
      if (!before) continue;
      if (uid !== undefined && before.uid !== uid && !isOurs(before, marks, false) && !spec.force)
        throw new RollcallError(
          'OUTPUT_RACED',
          `${kind.resource.kind} ${namespace}/${name} was replaced by another program meanwhile`,
          { cause: error },
        );
      const isOwn = isOurs(before, marks, write.before !== undefined);
      if (deps.isFenced && isOwn && !isOther && error.traits.conflicts.length === 0) {
        // Another version of our object: whatever has changed, the next write is for the present one.
        force = spec.force || mustTakeBack({ ...write, before }, deps);
        continue;
      }
      const inConflict = new Set(
        error.traits.conflicts.map(({ field }) => field.replace(/^\.(data|binaryData)\./, '')),
      );
      if (
        !spec.force &&
        (write.before === undefined || !isOwn || foreignKeys(before, inConflict, marks.manager).length > 0)
      )
        throw error;
      if (!force && inConflict.size > 0) deps.onEdited(write, lastEditor(before, inConflict, marks.manager));
      force = true;
    }
  }
}

/** Whether other programs have edited keys of the object since we applied them: `observe` has seen it, and `diff` has found no conflict. */
function mustTakeBack({ before, after }: ObjectWrite, { marks }: WriteDeps): boolean {
  if (!before || !after) return false;
  const keys = new Set(after.entries.map(({ key }) => key));
  return lastEditor(before, keys, marks.manager) !== undefined;
}

/** Removes the object; or only our fields, when other programs have put keys of their own into it. */
async function removeObject(
  { namespace, name, before }: ObjectWrite,
  { kind, kube, spec, marks, isFenced }: WriteDeps,
): Promise<ObservedObject | undefined> {
  if (!before) return undefined;
  if (keysOf(before, spec, marks).length === before.data.size) {
    const { uid, resourceVersion } = before;
    await kube.delete(kind.resource, { namespace, name }, { uid, resourceVersion });
    return undefined;
  }
  const version = isFenced ? { resourceVersion: before.resourceVersion } : {};
  const released = { metadata: { namespace, name, uid: before.uid, ...version } };
  return readObserved(kind, await kube.apply(kind.resource, released, { force: true }));
}

function writtenObject(
  { namespace, name, before, after, isMetadataOnly }: ObjectWrite,
  revision: string,
  { kind, spec, marks, isFenced }: WriteDeps,
): WrittenObject {
  const digest = after?.digest ?? '';
  const old = before?.annotations[revisionAnnotation];
  const annotations = annotationsWith(spec.annotations, digest, isMetadataOnly && old !== undefined ? old : revision);
  return {
    metadata: {
      ...{ namespace, name, labels: labelsWith(spec.labels, marks), annotations },
      ...(before && { uid: before.uid }),
      ...(isFenced && { resourceVersion: before?.resourceVersion ?? noVersion }),
    },
    ...dataOf(kind, after?.entries ?? [], spec.compress),
  };
}

/** The maps of an object with these values. @param isBinary the values are no text */
export function dataOf(
  { isEncoded }: ObjectKind,
  entries: readonly Pick<DesiredEntry, 'key' | 'stored'>[],
  isBinary: boolean,
): { readonly data: Record<string, string> } | { readonly binaryData: Record<string, string> } {
  const encoding = isEncoded || isBinary ? 'base64' : 'utf8';
  const values = Object.fromEntries(entries.map(({ key, stored }) => [key, stored.toString(encoding)]));
  return isBinary && !isEncoded ? { binaryData: values } : { data: values };
}
