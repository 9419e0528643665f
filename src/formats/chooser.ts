import { decodeEntry } from '../model/decode-entry.js';
import type { Entry } from '../model/entry.js';
import type { Format, Fragment, RejectionCode } from '../model/format.js';
import { validateFragment } from '../model/validate.js';
import { resolveChoice, type AutoChoice, type AutoOptions } from './choice.js';
import { recognise } from './fingerprints.js';
import type { FormatContext } from './kind.js';
import { createFormat } from './registry.js';

/** The format of one entry, and the service that it finds there (`''` when it rejects what the entry says). */
export interface Choice {
  readonly format: AutoChoice;
  readonly service: string;
}

/** Finds the format of one entry; undefined when no format reads it as a registration. Never throws. */
export type Chooser = (entry: Entry) => Choice | undefined;

/**
 * A key that looks like a framework's is of the format of this framework, if the format can read it. Any other key is of `json` or
 * `plain`: the first one that decodes an instance, or that recognises the value but rejects what it says (a wildcard address, another
 * service's name). Markers, words without a port (unless `defaultPort` is set) and other values are of no format.
 */
export function createChooser(options: AutoOptions, context: FormatContext): Chooser {
  const formats = new Map<AutoChoice, Format>();
  const formatOf = (choice: AutoChoice): Format => {
    const format = formats.get(choice) ?? createFormat(resolveChoice(choice, options), context);
    formats.set(choice, format);
    return format;
  };
  return (entry) => {
    const recognised = recognise(entry.key, entry.value);
    if (recognised === 'foreign') return undefined;
    if (recognised !== undefined) return asChoice(recognised, readAny(formatOf(recognised), entry));
    return (
      asChoice('json', readRegistration(formatOf('json'), entry)) ??
      asChoice('plain', readRegistration(formatOf('plain'), entry))
    );
  };
}

function asChoice(format: AutoChoice, service: string | undefined): Choice | undefined {
  return service === undefined ? undefined : { format, service };
}

/** Rejections that mean that the entry is not of the format. */
const unreadableCodes: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'not-text',
  'not-recognised',
  'key-mismatch',
]);

/** The service if the format can read the entry: the entry is not a marker, and any rejection is about its content. */
function readAny(format: Format, entry: Entry): string | undefined {
  const reading = decodeEntry('', format, entry);
  if (reading.kind === 'rejected') return unreadableCodes.has(reading.rejection.code) ? undefined : '';
  return reading.kind === 'fragments' ? reading.fragments[0]?.service : undefined;
}

/** Rejections that prove that the format understood the value. */
const recognisedCodes: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'wildcard-address',
  'bad-weight',
  'bad-status',
  'name-mismatch',
]);

/** The service if the format decodes an instance, or understands the value but rejects what it says. */
function readRegistration(format: Format, entry: Entry): string | undefined {
  const reading = decodeEntry('', format, entry);
  if (reading.kind === 'rejected') return recognisedCodes.has(reading.rejection.code) ? '' : undefined;
  if (reading.kind !== 'fragments') return undefined;
  const isRegistration = (fragment: Fragment): boolean => {
    const instance = validateFragment(fragment, { source: '', key: entry.key });
    return !('rejected' in instance) || recognisedCodes.has(instance.rejected);
  };
  return reading.fragments.find(isRegistration)?.service;
}
