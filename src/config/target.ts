import * as z from 'zod';
import { STAGED, checkSchema, confirmSchema, reloadSchema } from '../reload/schema.js';
import { filesSchema, whyNotStaged as whyNotStagedFiles } from '../targets/files/schema.js';
import { skydnsSchema, whyNotStaged as whyNotStagedSkydns } from '../targets/skydns/schema.js';
import { name, serviceName } from './name.js';
import { filterSchema } from './source.js';

// A new kind of target is one line here; a target has exactly one of these keys.
const kinds = {
  files: filesSchema.exactOptional(),
  skydns: skydnsSchema.exactOptional(),
};

/** The keys that make a target's kind. */
export const targetKinds = Object.keys(kinds) as readonly (keyof typeof kinds)[];

/** One item of `targets`. */
export const targetSchema = z
  .strictObject({
    name,
    sources: z.array(z.string()).min(1).exactOptional(),
    select: filterSchema.exactOptional(),
    expect: z.array(serviceName).default([]),
    vars: z.record(z.string(), z.unknown()).default({}),
    ...kinds,
    check: checkSchema.exactOptional(),
    reload: reloadSchema.exactOptional(),
    confirm: confirmSchema.exactOptional(),
  })
  .superRefine(({ check, files, skydns }, context) => {
    if (check?.command.some((word) => word.includes(STAGED)) !== true) return;
    const why = (files && whyNotStagedFiles(files)) ?? (skydns && whyNotStagedSkydns());
    if (why !== undefined) context.addIssue({ code: 'custom', path: ['check'], message: why });
  });
