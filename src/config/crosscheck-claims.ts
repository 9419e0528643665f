import type { FileClaim, KeysClaim, ObjectClaim } from '../targets/claim.js';
import { canBeOneFile } from './file-patterns.js';
import type { LocatedClaim, Outline } from './outline.js';
import { overlap, textOfPrefix } from './overlap.js';
import { problemAt, showPath, type ConfigPath, type UnlocatedProblem } from './problem.js';
import { findTaken } from './taken.js';

/** Finds outputs that two targets write, and outputs that a source of the same config reads. */
export function crosscheckClaims({ namespace, sources, targets }: Outline): UnlocatedProblem[] {
  return [
    ...findTaken(targets.flatMap(({ claims }) => claims.flatMap((each) => identify(each, namespace)))),
    ...findMeetingFiles(targets.map(({ claims }) => claims.flatMap(fileOf))),
    ...findMeetingObjects(
      targets.map(({ claims }) => claims.flatMap(objectOf)),
      namespace,
    ),
    ...findSharedKeys(targets.map(({ claims }) => claims.flatMap(keysOf))),
    ...targets.flatMap(({ claims }) => claims.flatMap(keysOf)).flatMap((keys) => findLoops(keys, sources)),
  ];
}

/** A claim of one type, and the path of its block. */
interface Claimed<C> {
  readonly claim: C;
  readonly block: ConfigPath;
}

/** Identities of the outputs that a claim names exactly. Two claims of one output give the same text. */
function identify({ claim, block }: LocatedClaim, namespace: string | undefined): [string, ConfigPath][] {
  switch (claim.type) {
    case 'file':
      return [[JSON.stringify(['file', claim.path]), [...block, ...claim.at]]];
    case 'object':
      return [[JSON.stringify(['object', pathOf(claim, namespace)]), [...block, ...claim.at]]];
    case 'name':
      return [[JSON.stringify(['name', claim.name]), [...block, ...claim.at]]];
    case 'keys': {
      const { etcd, records } = claim;
      if (records === undefined) return [];
      const identity = JSON.stringify(['keys', storeOf(etcd), records.directory, records.owner]);
      return [[identity, [...block, ...records.at]]];
    }
  }
}

/** Identifies the etcd of an `etcd` block: equal blocks give the same text. */
function storeOf(etcd: unknown): string {
  return etcd === undefined ? '' : JSON.stringify(etcd);
}

function fileOf({ claim, block }: LocatedClaim): Claimed<FileClaim>[] {
  return claim.type === 'file' ? [{ claim, block }] : [];
}

function objectOf({ claim, block }: LocatedClaim): Claimed<ObjectClaim>[] {
  return claim.type === 'object' ? [{ claim, block }] : [];
}

/** An object in the form of a path, so that patterns are compared as those of files. @param fallback `kubernetes.namespace` */
function pathOf({ word, namespace, name }: ObjectClaim, fallback: string | undefined): string {
  return `/${word}/${namespace ?? fallback ?? ''}/${name}`;
}

function keysOf({ claim, block }: LocatedClaim): Claimed<KeysClaim>[] {
  return claim.type === 'keys' ? [{ claim, block }] : [];
}

/** A registration chooses the text for `{{…}}` in a path. It must not be able to choose the path of another target. */
function findMeetingFiles(targets: readonly (readonly Claimed<FileClaim>[])[]): UnlocatedProblem[] {
  const hint = 'Only one target may write a file: use another directory, or names that cannot be equal.';
  return findMeeting(targets, ({ path }) => path, { what: 'file', hint });
}

function findMeetingObjects(
  targets: readonly (readonly Claimed<ObjectClaim>[])[],
  namespace: string | undefined,
): UnlocatedProblem[] {
  const hint = 'Only one target may write an object: use another namespace, or names that cannot be equal.';
  return findMeeting(targets, (claim) => pathOf(claim, namespace), { what: 'object', hint });
}

function findMeeting<C extends FileClaim | ObjectClaim>(
  targets: readonly (readonly Claimed<C>[])[],
  path: (claim: C) => string,
  { what, hint }: { readonly what: string; readonly hint: string },
): UnlocatedProblem[] {
  return targets.flatMap((claims, index) =>
    claims.flatMap(({ claim, block }) => {
      const others = targets.slice(0, index).flat();
      const other = others.find((each) => canBeOneFile(path(each.claim), path(claim)));
      if (other === undefined) return [];
      const message = `can be the same ${what} as ${showPath([...other.block, ...other.claim.at])} of another target`;
      return [{ ...problemAt([...block, ...claim.at], message), hint }];
    }),
  );
}

/** Finds two targets with the same owner, one of which writes below the other: they would remove each other's keys. */
function findSharedKeys(targets: readonly (readonly Claimed<KeysClaim>[])[]): UnlocatedProblem[] {
  const hint = 'Give each of the two targets its own owner.';
  return targets.flatMap((keys, index) =>
    keys.flatMap(({ claim: { etcd, records }, block }) => {
      const other = targets
        .slice(0, index)
        .flat()
        .find(
          ({ claim }) =>
            records !== undefined &&
            claim.records !== undefined &&
            storeOf(claim.etcd) === storeOf(etcd) &&
            claim.records.owner === records.owner &&
            claim.records.directory !== records.directory &&
            overlap(claim.records.directory, records.directory),
        );
      if (records === undefined || other?.claim.records === undefined) return [];
      const place = showPath([...other.block, ...other.claim.records.at]);
      const message = `is also ${place}, and one of the two writes below the other: they would remove each other’s keys`;
      return [{ ...problemAt([...block, ...records.at], message), hint }];
    }),
  );
}

/** Finds targets that write where a source reads: rollcall would read its own outputs as registrations. */
function findLoops({ claim, block }: Claimed<KeysClaim>, sources: Outline['sources']): UnlocatedProblem[] {
  if (claim.etcd !== undefined) return [];
  const { prefix: written, at } = claim.tree;
  const other = sources.findIndex(({ prefix }) => prefix !== undefined && overlap(textOfPrefix(prefix), written));
  if (other < 0) return [];
  return [
    problemAt([...block, ...at], `overlaps with sources[${other}].prefix: rollcall would read the keys that it writes`),
  ];
}
