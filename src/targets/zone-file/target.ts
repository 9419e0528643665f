import { askSerial } from '../../dns/ask-serial.js';
import type { Log } from '../../ports/runtime.js';
import type { Target } from '../../ports/target.js';
import { createServedSerials } from '../files/served-serials.js';
import { createFilesTarget, type FilesTargetDeps } from '../files/target.js';
import type { ZoneFileOptions } from './schema.js';
import { createZones } from './zones.js';

/** The most names that a message lists. */
const mostNamed = 5;

/** A target of zone files: a target of files whose serials never go back. */
export function createZoneFileTarget(
  options: ZoneFileOptions,
  { secret = false, ...deps }: Omit<FilesTargetDeps, 'serials'>,
): Target {
  const { log } = deps;
  const { specs, zones, longAnswers } = createZones(options, secret);
  const serials = createServedSerials(async (path, found, signal) => {
    const zone = zones.get(path) ?? options.zone;
    try {
      return await askSerial(options.server, zone, signal);
    } catch (error) {
      signal.throwIfAborted();
      sayUnasked(log, { server: options.server, zone, found }, error);
      return undefined;
    }
  });
  const target: Target = createFilesTarget(specs, { ...deps, secret, serials });
  let reported = '';
  return {
    ...target,
    async observe(desired, signal, since) {
      // Only when all outputs are looked at: a change does not pay for the number of services.
      if (!since) reportLong(longAnswers());
      return target.observe(desired, signal, since);
    },
  };

  function reportLong(names: readonly string[]): void {
    const now = names.join('\n');
    if (now !== '' && now !== reported)
      log.info(
        { names: names.slice(0, mostNamed), count: names.length },
        `${names.length} answers of ${options.zone} have more than 1232 octets: clients ask again over TCP, so let port 53 be open for TCP`,
      );
    reported = now;
  }
}

function sayUnasked(
  log: Log,
  { server, zone, found }: { readonly server: string; readonly zone: string; readonly found: number | undefined },
  error: unknown,
): void {
  const code = (error as NodeJS.ErrnoException).code ?? 'no answer';
  const fields = { server, zone, code };
  if (found === undefined)
    log.warn(
      fields,
      `the serial of ${zone} begins with the time: its file has none, and ${server} does not tell the one that it serves (${code}). If secondaries do not follow, let \`server\` name the primary`,
    );
  else
    log.debug(
      fields,
      `the serial of ${zone} continues from its file: ${server} does not tell the one that it serves (${code})`,
    );
}
