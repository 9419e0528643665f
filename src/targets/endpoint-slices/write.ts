import type { Kubernetes } from '../../kubernetes/client.js';
import { KubeError } from '../../kubernetes/failure.js';
import type { KubeObject } from '../../kubernetes/resource.js';
import { RollcallError } from '../../model/errors.js';
import { noVersion, type ObjectStore } from '../kube-objects/fence.js';
import { findWritten } from '../kube-objects/lost-answer.js';
import { annotationsWith, type TextMap } from '../kube-objects/metadata.js';
import { isOurs } from '../kube-objects/ownership.js';
import type { ObjectWrite } from './changes.js';
import type { Fields } from './fields.js';
import { otherManagers, readObject, resourceOf, type ObjectType, type ObservedObject } from './observed.js';
import type { SlicesSpec } from './spec.js';

export interface WriteDeps extends SlicesSpec {
  readonly kube: ObjectStore;
  /** An election decides who writes: a write is for the version of the object that was seen, so that a late one fails. */
  readonly isFenced: boolean;
  /** Whether the journal lists the Service of the object. */
  readonly isRecorded: (write: ObjectWrite) => boolean;
  /** Called when the write takes back fields that another program has edited meanwhile. */
  readonly onEdited: (write: ObjectWrite, editor: string) => void;
}

/** A write races with other programs. After so many races in a row, the next pass tries again. */
const ATTEMPTS = 5;

/**
 * Makes one write.
 *
 * A write is for the object that was seen: if that has changed meanwhile, the object is read again. Edits are taken back; fields that another
 * program applies, and objects that are not the target's own, are not touched.
 *
 * @param revision the revisions of the sources, for an annotation
 * @returns the object after the write; undefined when there is none
 * @throws KubeError `KUBE_CONFLICT` when another program applies a field of the object; RollcallError `OUTPUT_RACED` when it has put
 * another object there; and what the client throws
 */
export async function writeObject(
  write: ObjectWrite,
  revision: string,
  deps: WriteDeps,
): Promise<ObservedObject | undefined> {
  const { kube, options, marks, isFenced } = deps;
  const { type, namespace, name, after } = write;
  const resource = resourceOf[type];
  const look = async (signal?: AbortSignal): Promise<ObservedObject | undefined> => {
    const found = await kube.get(resource, { namespace, name }, signal);
    return found && readObject(type, found);
  };
  let { before } = write;
  let force = options.force || (before !== undefined && otherManagers(before, marks.manager, 'Update').length > 0);
  for (let attempt = 1; ; attempt++) {
    try {
      if (!after) {
        if (before) await removeObject({ ...write, before }, deps);
        return undefined;
      }
      const annotations = annotationsWith(options.annotations, after.digest, revision);
      const state = { ...{ namespace, name, annotations }, labels: after.labels, fields: after.fields };
      return readObject(
        type,
        await putObject({ type, there: before, state }, { kube, manager: marks.manager, isFenced, force }),
      );
    } catch (error) {
      if (!(error instanceof KubeError) || attempt === ATTEMPTS) throw error;
      const version = before?.resourceVersion;
      const isDone = (there: ObservedObject): boolean =>
        there.digest === after?.digest && there.resourceVersion !== version && isOurs(there, marks, false);
      const done = await findWritten(error, look, isDone);
      if (done) return done;
      // An apply with the uid of another object is invalid.
      const isOther = error.traits.status === 422 && before !== undefined;
      if (error.code !== 'KUBE_CONFLICT' && !isOther) throw error;
      const { uid } = before ?? {};
      before = await look();
      if (isOther && before?.uid === uid) throw error;
      if (!before) continue;
      const isOwn = isOurs(before, marks, write.before !== undefined || deps.isRecorded(write));
      if (!isOwn && !options.force) throw raced(write, error);
      const { conflicts } = error.traits;
      if (conflicts.length === 0) continue;
      const appliers = new Set(before.managers.filter((each) => each.operation === 'Apply').map((each) => each.name));
      if (!options.force && conflicts.some(({ manager }) => appliers.has(manager))) throw error;
      if (!force) deps.onEdited(write, conflicts[0]?.manager ?? '');
      force = true;
    }
  }
}

/** Removes the object; or only our fields, when another program applies fields of it. */
async function removeObject(
  { type, namespace, name, before }: ObjectWrite & { readonly before: ObservedObject },
  { kube, marks, isFenced }: WriteDeps,
): Promise<void> {
  const { uid, resourceVersion } = before;
  if (otherManagers(before, marks.manager, 'Apply').length === 0) {
    await kube.delete(resourceOf[type], { namespace, name }, { uid, resourceVersion });
    return;
  }
  const metadata = { namespace, name, uid, ...(isFenced && { resourceVersion }) };
  await kube.apply(resourceOf[type], { metadata }, { force: true });
}

function raced({ type, namespace, name }: ObjectWrite, cause: KubeError): RollcallError {
  const message = `${resourceOf[type].kind} ${namespace}/${name} was replaced by another program meanwhile`;
  return new RollcallError('OUTPUT_RACED', message, { cause });
}

/** What an object is to become. */
export interface PutObject {
  readonly type: ObjectType;
  /** The object as it is; undefined: there is none. */
  readonly there: ObservedObject | undefined;
  readonly state: {
    readonly namespace: string;
    readonly name: string;
    readonly labels: TextMap;
    readonly annotations: TextMap;
    readonly fields: Fields;
  };
}

export interface PutDeps {
  readonly kube: Pick<Kubernetes, 'apply' | 'patch' | 'delete'>;
  /** As `Marks.manager`. */
  readonly manager: string;
  readonly isFenced: boolean;
  readonly force: boolean;
}

/**
 * Applies an object. A Service cannot gain or lose its cluster IP: then it is removed and made again.
 *
 * @throws what the client throws
 */
export async function putObject(
  { type, there, state }: PutObject,
  { kube, manager, isFenced, force }: PutDeps,
): Promise<KubeObject> {
  const { namespace, name, labels, annotations, fields } = state;
  const resource = resourceOf[type];
  let present: Pick<ObservedObject, 'uid' | 'resourceVersion'> | undefined = there;
  if (type === 'service' && there) {
    const { uid, resourceVersion } = there;
    if (isHeadless(there.fields) !== isHeadless(fields)) {
      await kube.delete(resource, { namespace, name }, { uid, resourceVersion });
      present = undefined;
    } else if (hasOtherPorts(there, fields, manager)) {
      const patch = { metadata: { uid, resourceVersion }, spec: { ports: portsOf(fields) } };
      const patched = await kube.patch(resource, { namespace, name }, patch);
      present = { uid, resourceVersion: patched.metadata.resourceVersion ?? resourceVersion };
    }
  }
  const metadata = {
    ...{ namespace, name, labels, annotations },
    ...(present && { uid: present.uid }),
    // Another program may have made this object since we looked. An apply without a version would then merge into it.
    ...(present ? isFenced && { resourceVersion: present.resourceVersion } : { resourceVersion: noVersion }),
  };
  return kube.apply(resource, { metadata, ...fields }, { force });
}

/** An apply leaves ports that another program has edited beside its own, and two ports cannot have one name. */
function hasOtherPorts(there: ObservedObject, fields: Fields, manager: string): boolean {
  return (
    JSON.stringify(portsOf(there.fields)) !== JSON.stringify(portsOf(fields)) &&
    otherManagers(there, manager, 'Update').length > 0
  );
}

function portsOf({ spec }: Fields): unknown {
  return (spec as { readonly ports?: unknown } | undefined)?.ports;
}

export function isHeadless({ spec }: Fields): boolean {
  return (spec as { readonly clusterIP?: string } | undefined)?.clusterIP === 'None';
}
