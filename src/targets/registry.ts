import type { z } from 'zod';
import type { Target } from '../ports.js';
import { files } from './files/kind.js';
import type { TargetDeps, TargetKind } from './kind.js';
import { skydns } from './skydns/kind.js';

/** Every kind by the name of its block. A new kind is one folder and one line here. */
export const targetKinds = { files, skydns } as const;

export type TargetKindName = keyof typeof targetKinds;

/** The parsed block of a kind. */
export type TargetOptions<K extends TargetKindName> = z.output<(typeof targetKinds)[K]['schema']>;

export function createTarget<K extends TargetKindName>(kind: K, options: TargetOptions<K>, deps: TargetDeps): Target {
  return (targetKinds[kind] as unknown as TargetKind<z.ZodType<TargetOptions<K>>>).create(options, deps);
}

/** Why a check with `{staged}` cannot judge this target, or undefined when it can. */
export function whyNotStaged<K extends TargetKindName>(kind: K, options: TargetOptions<K>): string | undefined {
  return (targetKinds[kind] as unknown as TargetKind<z.ZodType<TargetOptions<K>>>).whyNotStaged(options);
}
