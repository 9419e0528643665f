import type { DesiredFile } from './desired-file.js';

/**
 * How much of a found file's mode, owner and group a new file may keep. `all`: only root and the user of rollcall may write in the
 * directory. `restricted`: others may write there too, but the file belongs to root or to the user of rollcall and has one name.
 * `none`: another user could have chosen them.
 */
export type Keeping = 'all' | 'restricted' | 'none';

/** What is at the path of a file, and what the config wants there. */
export interface PresentAttributes {
  /** The configured owner and group as ids. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Undefined: nothing is there. With a uid below 0 it is no regular file. */
  readonly found: FoundAttributes | undefined;
}

export interface FoundAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly keeping: Keeping;
}

/** The attributes that a written file is to have. */
export interface Attributes {
  readonly mode: number;
  /** The configured owner and group; undefined when the config does not set them. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** What the new file keeps of the old one: it is no error when rollcall may not set it. Default: nothing. */
  readonly kept?: KeptAttributes;
}

export interface KeptAttributes {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** The `mode` comes from the old file too. */
  readonly mode: boolean;
}

/** The attributes for a file, and what an operator has to know about them. */
export interface PlannedAttributes extends Attributes {
  readonly kept: KeptAttributes;
  /** Others can read the old file, its mode would be kept, and the contents are secret: the file must not be written. */
  readonly exposed: boolean;
  /** Differences from the config and from the old file that an operator must know, one sentence each. */
  readonly caveats: readonly string[];
}

const freshMode = 0o644;
const freshSecretMode = 0o600;
/** Without the set-id bits, the sticky bit, and the permission for all users to write. */
const mostKept = 0o775;
/** Where others may write in the directory, the group may be one that another user chose: it may not write. */
const mostRestricted = 0o755;
const readableByOthers = 0o004;

/**
 * Decides the mode, owner and group of a file: those of the config, then those of the file that is there, then those of a new file.
 * Pure.
 */
export function planAttributes(file: DesiredFile, { uid, gid, found }: PresentAttributes): PlannedAttributes {
  const there = found !== undefined && found.uid >= 0 ? found : undefined;
  const { inPlace, secret } = file;
  const keeping = inPlace ? 'all' : (there?.keeping ?? 'none');
  const isKept = keeping === 'all' || (keeping === 'restricted' && !secret);
  const old = isKept ? there : undefined;
  const limit = keeping === 'all' ? mostKept : mostRestricted;
  // The owner can always read the file: otherwise the next observation could not compare it.
  const inherited = old && (old.mode & limit) | 0o400;
  const mode = file.mode ?? inherited ?? (secret ? freshSecretMode : freshMode);
  const keptMode = file.mode === undefined && old !== undefined;
  // In place, the owner stays by itself.
  const keepsOwner = old !== undefined && !inPlace;
  return {
    mode,
    uid,
    gid,
    kept: {
      uid: keepsOwner && uid === undefined ? old.uid : undefined,
      gid: keepsOwner && gid === undefined ? old.gid : undefined,
      mode: keptMode,
    },
    exposed: secret && file.mode === undefined && keeping !== 'none' && ((there?.mode ?? 0) & readableByOthers) !== 0,
    caveats: there ? caveatsOf(file, { mode, keptMode, uid, gid }, { ...there, keeping }) : [],
  };
}

/** Whether the file that is there has the attributes that it is to have. False when it is exposed. */
export function hasAttributes(file: DesiredFile, observed: PresentAttributes): boolean {
  const { found } = observed;
  if (!found) return false;
  const { mode, uid, gid, exposed } = planAttributes(file, observed);
  // In place, rollcall may be unable to change a mode that the config does not set: bits are only dropped when the contents change.
  const sameMode = found.mode === mode || (file.inPlace && file.mode === undefined);
  return !exposed && sameMode && (uid ?? found.uid) === found.uid && (gid ?? found.gid) === found.gid;
}

interface Chosen extends Pick<Attributes, 'mode' | 'uid' | 'gid'> {
  readonly keptMode: boolean;
}

function caveatsOf(
  { path, mode: configured, secret, inPlace }: DesiredFile,
  { mode, keptMode, uid, gid }: Chosen,
  there: { readonly mode: number; readonly uid: number; readonly keeping: Keeping },
): string[] {
  const dropped = keptMode ? there.mode & ~mode : 0;
  if (dropped === 0 && there.keeping === 'all') return [];
  const old = octal(there.mode);
  if (dropped !== 0 && inPlace)
    return [
      `${path} had mode ${old}, which lets every user write or has other bits that rollcall keeps for no file; it is ${octal(mode)} now, if rollcall may change it`,
    ];
  if (dropped !== 0)
    return [
      `${path} had mode ${old}, and has ${octal(mode)} now: rollcall keeps no set-id bit, no sticky bit and no permission for all users to write${there.keeping === 'restricted' ? ', and no permission for a group to write where others may write in the directory' : ''}`,
    ];
  const isAllConfigured = configured !== undefined && uid !== undefined && gid !== undefined;
  const isNotKept = there.keeping === 'none' || (there.keeping === 'restricted' && secret && there.mode !== mode);
  if (!isNotKept || isAllConfigured) return [];
  return [
    `${path} had mode ${old} and belonged to user ${there.uid}; rollcall has not kept this, because others may write in its directory. To set them, write \`mode\`, \`owner\` and \`group\``,
  ];
}

/** As people write it: `0644`. */
export const octal = (mode: number): string => mode.toString(8).padStart(4, '0');
