import { randomBytes } from 'node:crypto';
import type { WrittenObject } from '../client.js';

/** The object that an event is about (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/). */
export interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Something that has happened to an object of the cluster. */
export interface ClusterEvent {
  readonly regarding: Regarding;
  readonly type: 'Normal' | 'Warning';
  /** In upper camel case: `Applied`. */
  readonly reason: string;
  /** What was done when it happened, in upper camel case. */
  readonly action: string;
  /** One sentence or more. It holds no secret. */
  readonly note: string;
}

/** The most characters of a note (Kubernetes, `NoteLengthLimit` of 1 KiB); a character has four bytes at most. */
const mostOfNote = 256;
/** Without the suffix, so that the name of an event stays below 253 characters. */
const mostOfName = 220;

/** The object of one event. @param wall wall-clock milliseconds @param instance the name of this process */
export function eventObject(
  { regarding, type, reason, action, note }: ClusterEvent,
  { wall, instance }: { readonly wall: number; readonly instance: string },
): WrittenObject {
  const base = regarding.name.slice(0, mostOfName).replace(/[^a-z0-9]+$/, '');
  return {
    metadata: { namespace: regarding.namespace, name: `${base}.${randomBytes(8).toString('hex')}` },
    eventTime: microTime(wall),
    reportingController: 'rollcall',
    reportingInstance: instance.slice(0, 128),
    ...{ action, reason, type, regarding },
    note: shorten(note),
  };
}

/** The change of an event that has happened again. */
export function seriesPatch(count: number, wall: number): object {
  return { series: { count, lastObservedTime: microTime(wall) } };
}

/** RFC 3339 with exactly six digits after the second, as the API server reads a MicroTime. */
function microTime(wall: number): string {
  return new Date(wall).toISOString().replace('Z', '000Z');
}

function shorten(note: string): string {
  const text = note.toWellFormed();
  const characters = Array.from(text);
  return characters.length <= mostOfNote ? text : `${characters.slice(0, mostOfNote - 1).join('')}…`;
}
