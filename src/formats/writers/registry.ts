import { RollcallError } from '../../model/errors.js';
import { grpc } from './grpc-endpoints.js';
import { json } from './json.js';
import { kitex } from './kitex.js';
import { kratos } from './kratos.js';
import { plain } from './plain.js';
import type { Writer, WriterName } from './writer.js';

/** By the name of the format that reads what they write. A new one is one file and one line here. */
const writers: Readonly<Record<WriterName, Writer>> = {
  json,
  plain,
  'grpc-endpoints': grpc,
  kratos,
  kitex,
};

/** Every format that can be written. */
export const writerNames = Object.keys(writers) as readonly WriterName[];

/** @throws RollcallError `REGISTRATION_INVALID` for a name that comes from code without types and is none of `writerNames`. */
export function writerOf(name: WriterName): Writer {
  if (!Object.hasOwn(writers, name))
    throw new RollcallError(
      'REGISTRATION_INVALID',
      `the format is none that can be written: ${writerNames.join(', ')}`,
    );
  return writers[name];
}
