import { KubeError } from '../../kubernetes/failure.js';
import { RollcallError } from '../../model/errors.js';

/** Status codes of answers that are about the object of the call: a quota, an admission rule, a field of another program, an invalid value. */
const aboutTheObject: ReadonlySet<number> = new Set([400, 403, 409, 413, 422]);

/**
 * Whether a write failed because of its object alone, so that writes of other objects may succeed. A missing permission is none of these: it meets
 * all objects of a kind.
 */
export function isAboutOneObject(error: unknown): error is RollcallError {
  if (error instanceof RollcallError && error.code === 'OUTPUT_RACED') return true;
  return error instanceof KubeError && aboutTheObject.has(error.traits.status) && !isUnauthorized(error);
}

/**
 * Authorization refuses before admission looks at the object. Only the words tell the two apart
 * (https://kubernetes.io/docs/reference/access-authn-authz/authorization/): `User "x" cannot patch resource "services" in API group …`.
 */
function isUnauthorized({ traits, message }: KubeError): boolean {
  return traits.status === 403 && / cannot \w+ resource "/.test(message);
}
