import { RollcallError } from '../../model/errors.js';
import { Content } from './content.js';
import type { DesiredFile, FileSpec } from './desired-file.js';
import { mostBytes } from './read.js';
import { findSerial } from './serial.js';

/**
 * The desired file of a rendered text.
 *
 * @param before the file of the same entry before. It is returned when the path and the contents are the same
 * @throws RollcallError `OUTPUT_TOO_LARGE`; `RENDER_FAILED` for a zone without exactly one serial
 */
export function makeFile(
  spec: FileSpec,
  path: string,
  pieces: readonly string[],
  before: DesiredFile | undefined,
): DesiredFile {
  const content = Content.ofPieces(pieces, before?.content);
  if (before?.path === path && content === before.content) return before;
  if (content.length > mostBytes)
    throw new RollcallError(
      'OUTPUT_TOO_LARGE',
      `${path} would have ${content.length} bytes, and may have ${mostBytes}`,
    );
  const { mode, owner, group, inPlace, serial = false, secret = false } = spec;
  if (serial && findSerial(content.bytes) === undefined)
    throw new RollcallError('RENDER_FAILED', `${path} has no serial, or more than one`, {
      hint: 'A zone has exactly one number that is followed by "; serial" on its line.',
    });
  const fanOut = spec.fanOut !== undefined;
  return { path, content, mode, owner, group, inPlace, fanOut, serial, secret };
}
