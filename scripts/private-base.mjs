// Folders in which tests, benchmarks and the quickstart make theirs. Only root and this user may write in any folder
// on the way there, because rollcall refuses a stateDir that others could replace. Other users may pass through, because
// servers have workers of other users. A sticky /tmp is not such a place.
import { accessSync, constants, existsSync, mkdirSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const user = process.geteuid?.();

/** TMPDIR if it is such a folder; else /var/cache for root, ~/.cache/rollcall for any other user. */
export function privateBase() {
  const ours = user === 0 ? ['/var/cache'] : [made(join(homedir(), '.cache', 'rollcall')), process.env.XDG_RUNTIME_DIR];
  const found = [process.env.TMPDIR, ...ours].find(isPrivate);
  if (found === undefined)
    throw new Error(
      'no folder that only root and this user may write: set TMPDIR to one (mkdir -m 755, on a way without g+w)',
    );
  return realpathSync(found);
}

/** Such a folder in memory; where the machine has none, `privateBase`. */
export function privateMemory() {
  const places = user === 0 ? ['/run', '/dev'] : [process.env.XDG_RUNTIME_DIR];
  return places.find((place) => isPrivate(place) && isMemory(place)) ?? privateBase();
}

function made(folder) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  } catch {
    return undefined;
  }
  return folder;
}

function isPrivate(folder) {
  if (!folder || !existsSync(folder)) return false;
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    return false;
  }
  for (let each = realpathSync(folder); ; each = dirname(each)) {
    const { uid, mode } = statSync(each);
    if ((uid !== 0 && uid !== user) || (mode & 0o022) !== 0) return false;
    if (each === '/') return true;
  }
}

/** tmpfs or devtmpfs, by the number of linux/magic.h. */
function isMemory(folder) {
  return statfsSync(folder).type === 0x0102_1994;
}
