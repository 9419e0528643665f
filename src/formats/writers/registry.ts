import { RollcallError } from '../../model/errors.js';
import { grpc } from './grpc-endpoints.js';
import { json } from './json.js';
import { kitex } from './kitex.js';
import { kratos } from './kratos.js';
import { plain } from './plain.js';
import type { Writer, WriterName } from './writer.js';

/** Each writer has the name of the format that reads its registrations. A new writer is one file and one line here. */
const writers: Readonly<Record<WriterName, Writer>> = {
  json,
  plain,
  'grpc-endpoints': grpc,
  kratos,
  kitex,
};

/** The names of all formats that rollcall can write. */
export const writerNames = Object.keys(writers) as readonly WriterName[];

/** @throws RollcallError `REGISTRATION_INVALID` for a name that is not in `writerNames`: callers without type checks can pass one. */
export function writerOf(name: WriterName): Writer {
  if (!Object.hasOwn(writers, name))
    throw new RollcallError(
      'REGISTRATION_INVALID',
      `rollcall cannot write this format; it can write ${writerNames.join(', ')}`,
    );
  return writers[name];
}
