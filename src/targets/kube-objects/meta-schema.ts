import * as z from 'zod';
import { isReserved } from './marks.js';

const text = z.string().max(65_536);

/** The syntax of the key of a label or annotation: a name, with or without a domain before it (Kubernetes, "Labels and Selectors"). */
const metaKey = z
  .string()
  .regex(
    /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/,
    'is not the key of a label or annotation: NAME or DOMAIN/NAME',
  )
  .refine((key) => !isReserved(key), 'is reserved: rollcall itself writes the keys that begin with rollcall/');

const labelSyntax = /^([A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/;

/** Whether Kubernetes takes the text as the value of a label. */
export const isLabelValue = (value: string): boolean => labelSyntax.test(value);

const labelValue = z
  .string()
  .regex(
    labelSyntax,
    'is not the value of a label: letters, digits and inner dots, dashes and underscores only, 63 at most',
  );

/** The keys `labels` and `annotations` of a block that makes objects. */
export const metadataFields = {
  labels: z
    .record(metaKey, labelValue.meta({ description: 'The value of one label.' }))
    .default({})
    .meta({ description: 'Further labels.' }),
  annotations: z
    .record(metaKey, text.meta({ description: 'The value of one annotation.' }))
    .default({})
    .meta({ description: 'Further annotations.' }),
};
