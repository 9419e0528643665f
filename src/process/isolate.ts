import { basename, dirname } from 'node:path';
import type { PlacedFile } from '../ports/check.js';
import { mountsBelow } from './mount-points.js';

export interface Isolation {
  /** Command that runs the program: `argv`, then the program and its arguments. */
  readonly argv: readonly string[];
  /** One for each directory, in their order. */
  readonly layers: readonly Layer[];
  /** The contents of the file `plan`. */
  readonly plan: string;
}

/**
 * What the program sees differently in one directory. Before the command runs, the directory `layers` must hold, with the number N of the
 * layer: an empty directory `workN`; an empty directory `lowerN`; a directory `upperN` with the mode and owner of the real directory, an
 * empty file that has the token as its name, and for each file a symbolic link to its content; and a file `hiddenN` with the names that
 * are hidden, each followed by a NUL.
 */
export interface Layer {
  readonly number: number;
  readonly directory: string;
  /** Names in the directory, and the absolute paths of their contents. */
  readonly files: readonly (readonly [name: string, content: string])[];
  readonly hidden: readonly string[];
  /** Files change, and none comes or goes. */
  readonly isUpdate: boolean;
}

export interface IsolationOptions {
  /** The directories of all files. In each of them, the program sees no temporary files of rollcall. */
  readonly directories: readonly string[];
  /** The mount points of this process. */
  readonly mountPoints: readonly string[];
  /** A word that the program cannot guess. Once all files are in their places, it is the first line of the output. */
  readonly token: string;
  /** Absolute path of the private directory with the `layers`, and with a file `plan`. */
  readonly prepared: string;
  /** Absolute path of an empty private directory. Only the program sees that it is used. */
  readonly base: string;
  /** Absolute working directory of the program. */
  readonly cwd: string;
  /** Effective user and group of this process. Root gets a mount namespace only, any other user a user namespace too. */
  readonly uid: number;
  readonly gid: number;
}

// The number of programs that this starts depends on the number of directories only. All files are copied into memory by one `cp`, and each
// directory gets an overlay with them. The token in the upper directory proves that a name is removed in the overlay, and nowhere else.
// An overlay hides what is mounted below its directory, so these mounts are bound there again. The kernel allows no other user than root an
// overlay over a directory with mounts below it: where files change and none comes or goes, they are then bound one by one.
const script = `
set -eu
token=$1 prepared=$2 base=$3 cwd=$4 copy=$5
shift 5
hide() {
  cd "$2"
  [ -e "$token" ]
  set -- "$1" .rollcall-*
  number=$1
  shift
  if [ $# -lt 1000 ]; then
    rm -f -- "$token" "$@" 2>/dev/null || :
  else
    rm -f -- "$token"
    printf '%s\\0' "$@" | xargs -0 rm -f -- 2>/dev/null || :
  fi
  [ ! -e "$token" ]
  [ ! -s "$base/hidden$number" ] || xargs -0 rm -f -- <"$base/hidden$number"
  cd "$base"
}
bind_each() {
  rm "upper$1/$token"
  for each in "upper$1"/* "upper$1"/.*; do
    [ -f "$each" ] || continue
    mount -o bind "$each" "$2/\${each##*/}"
  done
}
exec 3<"$prepared/plan"
mount -t tmpfs -o mode=0700 rollcall "$base"
cd "$base"
(umask 0; exec cp "$copy" "$prepared/." .)
overlaid=
while IFS= read -r action <&3; do
  IFS= read -r path <&3
  IFS= read -r number <&3
  case $action in
  keep) mount -o rbind "$path" "lower$number" ;;
  overlay)
    IFS= read -r lower <&3
    IFS= read -r otherwise <&3
    overlaid=yes
    if mount -t overlay -o "lowerdir=$lower,upperdir=upper$number,workdir=work$number" rollcall "$path" 2>error; then
      hide "$number" "$path"
    elif [ "$otherwise" = bind ]; then
      bind_each "$number" "$path"
      overlaid=
    else
      cat error
      exit 1
    fi
    ;;
  mount)
    IFS= read -r below <&3
    [ -z "$overlaid" ] || mount -o rbind "lower$number/$below" "$path"
    ;;
  esac
done
exec 3<&-
cd "$cwd"
# One pipe for both keeps the token before the program's output.
echo "$token"
exec "$@" 2>&1
`;

/**
 * Describes how to run a program in a mount namespace of its own, in which it alone sees `files` at their destinations, and none of rollcall's
 * temporary files beside them. All other programs see the old files. The namespace ends with the program (mount_namespaces(7), unshare(1),
 * mount(8), the kernel's overlayfs.rst).
 *
 * The program runs as the same user as this process. A program that asks another process to read the files (`docker exec`, `ssh`) gets
 * what that process sees: the old files.
 *
 * @returns undefined when a path has a character that the plan cannot hold
 */
export function isolate(files: readonly PlacedFile[], options: IsolationOptions): Isolation | undefined {
  const { directories, token, prepared, base, cwd, uid, gid } = options;
  const layers = layersOf(files, directories);
  const lines = planOf(layers, options);
  const names = files.map(({ output }) => output);
  if ([...lines, ...names].some((line) => /[\n\0]/.test(line))) return undefined;
  // Root's files may belong to any user. For another user, what it made belongs to it, and it may set no other owner.
  const copy = uid === 0 ? '-RLp' : '-RL';
  const shell = ['sh', '-c', script, 'rollcall', token, prepared, base, cwd, copy];
  const argv =
    uid === 0
      ? ['unshare', '--mount', '--propagation', 'private', ...shell]
      : [
          ...['unshare', '--user', '--map-root-user', '--mount', '--propagation', 'private', ...shell],
          // Inside, the user is root. The second namespace makes it the same user as outside again.
          ...['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--'],
        ];
  return { argv, layers, plan: lines.map((line) => `${line}\n`).join('') };
}

function layersOf(files: readonly PlacedFile[], directories: readonly string[]): Layer[] {
  // An overlay over a directory must come before one over a directory below it.
  const byDirectory = new Map<string, PlacedFile[]>([...directories].sort().map((directory) => [directory, []]));
  for (const file of files) byDirectory.get(dirname(file.output))?.push(file);
  return [...byDirectory].map(([directory, placed], index) => ({
    number: index + 1,
    directory,
    files: placed.flatMap(({ output, content }) => (content === null ? [] : [[basename(output), content] as const])),
    hidden: placed.flatMap(({ output, content }) => (content === null ? [basename(output)] : [])),
    isUpdate: placed.every(({ content, isNew }) => content !== null && !isNew),
  }));
}

/** The characters that `mount -o lowerdir=` takes as they are. Its whole text must be shorter than a page. */
const isPlain = (path: string): boolean => /^[\w./+@%-]{1,1000}$/.test(path);

function planOf(layers: readonly Layer[], { mountPoints }: IsolationOptions): string[] {
  const outputs = new Set(layers.flatMap(({ directory, files }) => files.map(([name]) => pathIn(directory, name))));
  // A file that is mounted itself (a single file in a container) is seen as it will be.
  const others = new Set(mountPoints.filter((path) => !outputs.has(path)));
  const planned = layers.map((layer) => {
    const below = mountsBelow(layer.directory, others);
    // Directories that are overlaid below this one must show what is really there, and not a first overlay below a second one.
    const isNested = layers.some(({ directory }) =>
      layer.directory.startsWith(directory === '/' ? '/' : `${directory}/`),
    );
    return { layer, below, isKept: below.length > 0 || isNested || !isPlain(layer.directory) };
  });
  const keeps = planned.flatMap(({ layer: { directory, number }, isKept }) =>
    isKept ? ['keep', directory, String(number)] : [],
  );
  const overlays = planned.flatMap(({ layer, below, isKept }) => {
    const { directory, number } = layer;
    const otherwise = layer.isUpdate ? 'bind' : 'stop';
    const lower = isKept ? `lower${number}` : directory;
    const mounts = below.flatMap((path) => ['mount', path, String(number), path.slice(pathIn(directory, '').length)]);
    return ['overlay', directory, String(number), lower, otherwise, ...mounts];
  });
  return [...keeps, ...overlays];
}

const pathIn = (directory: string, name: string): string => `${directory === '/' ? '' : directory}/${name}`;

/**
 * Separates what `isolate` and the program wrote.
 *
 * @returns the program's own output; undefined when the files never came to their places, so that the program did not run
 */
export function outputOf(token: string, output: string): string | undefined {
  const [first, ...rest] = output.split('\n');
  return first === token ? rest.join('\n') : undefined;
}
