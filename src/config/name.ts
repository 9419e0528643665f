import * as z from 'zod';

/** The name of a source or target. rollcall also uses it in file names and labels. */
export const name = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, {
  error: (issue) =>
    issue.input === ''
      ? 'must not be empty'
      : 'may hold letters, digits, dots, dashes and underscores only, 64 at most',
});

/** A service as registrations name it. */
export const serviceName = z
  .string()
  .min(1, 'must not be empty')
  .max(512)
  // eslint-disable-next-line no-control-regex
  .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'must not hold control characters');

/** A variable of the process's environment. */
export const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not the name of an environment variable')
  .refine((text) => !text.startsWith('ETCDCTL_'), 'is not allowed here: ETCDCTL_* variables are credentials');
